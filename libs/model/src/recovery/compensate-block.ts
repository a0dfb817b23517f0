import { wholeMatrix } from '@bonsai/ops';
import type { HostMatrix } from '@bonsai/ops';
import { tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { Block } from './blocks.ts';
import type { FitSums } from './fit-sums.ts';

/** Which of the column sums is that of x. */
const SUM_ROW = 1;

/**
 * The bias that stands for the removed columns of a block's output projection: what they add on average, on the streams
 * that enter the block (FLAP, An et al. 2023), beside the bias that the block has, if it has one. @returns [1, hidden]
 */
export async function compensateBlock(
  model: LoadedWeights,
  block: Block,
  { inputs }: FitSums,
  tokens: number,
): Promise<HostMatrix> {
  const { rows, cols, data } = await wholeMatrix(tensorRows(model.checkpoint, block.tensor));
  const kept = new Set(block.columns);
  const removed = Array.from({ length: cols }, (_, column) => column).filter((column) => !kept.has(column));
  const { tensors } = model.checkpoint;
  const own = tensors.has(block.biasTensor) ? await model.checkpoint.readFloats(block.biasTensor) : undefined;
  const bias = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let lost = 0;
    for (const column of removed) {
      lost += (data[row * cols + column] as number) * (inputs.data[SUM_ROW * cols + column] as number);
    }
    bias[row] = (own?.[row] ?? 0) + lost / tokens;
  }
  return { rows: 1, cols: rows, data: bias };
}
