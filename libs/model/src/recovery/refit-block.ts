import { wholeMatrix } from '@bonsai/ops';
import type { HostMatrix } from '@bonsai/ops';
import type { Caller } from '../caller.ts';
import { tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { runHostWork } from '../host-work/run-host-work.ts';
import type { FitSums } from './fit-sums.ts';
import type { Block } from './blocks.ts';
import { refitWork } from './refit.ts';

/** The output projection of a block, refitted by the sums over all tokens. @returns [hidden, kept columns] */
export async function refitBlock(
  model: LoadedWeights,
  block: Block,
  { inputs, aim }: FitSums,
  ridge: number,
  caller: Caller,
): Promise<HostMatrix> {
  const weight = await wholeMatrix(tensorRows(model.checkpoint, block.tensor));
  const work = refitWork({ gram: inputs, weight, kept: block.columns, ridge, aim });
  await runHostWork(work, caller);
  return { ...work.refitted, data: work.refitted.data.slice() };
}
