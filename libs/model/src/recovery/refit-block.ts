import { wholeMatrix } from '@bonsai/ops';
import type { HostMatrix } from '@bonsai/ops';
import { RECOVERY_RIDGE } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import { tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { runHostWork } from '../host-work/run-host-work.ts';
import { isNotPositiveDefinite } from '../linear-algebra/cholesky.ts';
import type { FitSums } from './fit-sums.ts';
import type { Block } from './blocks.ts';
import { refitWork } from './refit.ts';

/**
 * The output projection of a block, refitted by the sums over all tokens.
 * @returns [hidden, kept columns]
 * @throws BonsaiError SETTING_INVALID for a ridge that is lost in the rounding of the sums, CANCELLED
 */
export async function refitBlock(
  model: LoadedWeights,
  block: Block,
  { inputs, aim }: FitSums,
  ridge: number,
  caller: Caller,
): Promise<HostMatrix> {
  const weight = await wholeMatrix(tensorRows(model.checkpoint, block.tensor));
  const work = refitWork({ gram: inputs, weight, kept: block.columns, ridge, aim });
  await runHostWork(work, caller).catch((error: unknown) => {
    throw isNotPositiveDefinite(error) ? ridgeTooSmall(ridge, block, error) : error;
  });
  return { ...work.refitted, data: work.refitted.data.slice() };
}

function ridgeTooSmall(ridge: number, { layer, kind }: Block, cause: unknown): BonsaiError {
  const message = `A ridge of ${ridge} is too small for the sums of layer ${layer} (${kind}); give a larger one, such as ${RECOVERY_RIDGE}, or more text.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'SETTING_INVALID', field: 'ridge', cause });
}
