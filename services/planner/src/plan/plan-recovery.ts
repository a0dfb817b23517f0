import { keptModules } from '@bonsai/pruning';
import type { RecoverySource } from '@bonsai/pruning';
import { RECOVERY_METHODS, unpackTrial } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';

/**
 * What a scorer needs to run the plan's model, beside its cut; undefined if nothing was recovered.
 * @param calibration token ids of all windows of the plan's calibration, in their order
 * @throws BonsaiError PLAN_INVALID if the plan names a window that there is not
 */
export function planRecovery(
  { recovery }: planProto.Plan,
  calibration: readonly Uint32Array[],
): RecoverySource | undefined {
  if (recovery === undefined) return undefined;
  const modules = keptModules({ trials: recovery.trials.map(unpackTrial), together: recovery.together });
  if (modules.length === 0) return undefined;
  const windows = recovery.windows.map((index) => calibration[index] ?? noWindow(index));
  return {
    method: RECOVERY_METHODS.toDomain(recovery.method, 'plan.recovery.method'),
    ridge: recovery.ridge,
    modules,
    windows,
  };
}

function noWindow(index: number): never {
  const message = `The plan was recovered on window ${index}, which this calibration lacks; use the text that it was made with.`;
  throw invalidArgument('PLAN_INVALID', 'plan.recovery.windows', message);
}
