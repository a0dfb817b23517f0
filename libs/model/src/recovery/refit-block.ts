import { wholeMatrix } from '@bonsai/ops';
import type { HostMatrix } from '@bonsai/ops';
import { tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { inTurns } from '../statistics/stepwise.ts';
import { keptColumns } from './blocks.ts';
import type { Block } from './blocks.ts';
import { refit } from './refit.ts';
import { inputSumOf } from './input-sum.ts';
import { sumWholeInputs } from './whole-block.ts';
import type { WindowStreams } from './window-streams.ts';

/**
 * The output projection of a block, refitted on the streams that enter it: what the whole block makes of them is what is
 * aimed at. @returns [hidden, kept columns]
 */
export async function refitBlock(
  model: LoadedWeights,
  block: Block,
  streams: WindowStreams,
  ridge: number,
  signal: AbortSignal | undefined,
): Promise<HostMatrix> {
  const weight = await wholeMatrix(tensorRows(model.checkpoint, block.tensor));
  const gram = await sumWholeInputs(model, block, streams, inputSumOf('leastSquares'), signal);
  return inTurns(refit({ gram, weight, kept: keptColumns(block), ridge }), signal);
}
