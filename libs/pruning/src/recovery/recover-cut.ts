import { askLosses, askRecovery } from '../contract/ask.ts';
import type { PruningSettings, Procedure } from '../contract/pruning-procedure.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { keptModules, RECOVERY_RIDGE } from '../contract/recovery.ts';
import type {
  Recovery,
  RecoveryOutcome,
  RecoveryRecipe,
  RecoverySettings,
  RecoveryTrial,
  TogetherTrial,
} from '../contract/recovery.ts';
import { recoveryWindows, togetherTokens, trialTokens } from './recovery-windows.ts';
import type { RecoveryWindows } from './recovery-windows.ts';

/** How a cut is to be recovered, before held-out windows decide which modules are. */
export type RecoveryAttempt = RecoveryWindows & Omit<RecoveryRecipe, 'modules'>;

/**
 * Recovers a cut as far as the held-out windows approve: module by module, and where one is refused all of them together, since
 * a recovery may pay only with those behind it.
 */
export function* recoverCut(
  cut: UnitSet,
  attempt: RecoveryAttempt,
  windowTokens: readonly number[],
): Procedure<RecoveryOutcome> {
  const trials = yield* askRecovery(cut, attempt);
  const tried = trialTokens(windowTokens, attempt, trials.length);
  if (trials.length < 2 || trials.every(({ accepted }) => accepted)) {
    return { ...attempt, modules: keptModules({ trials }), trials, forwardTokens: tried };
  }
  const together = yield* askTogether(cut, attempt, trials);
  const forwardTokens = tried + togetherTokens(windowTokens, attempt);
  return { ...attempt, modules: keptModules({ trials, together }), trials, together, forwardTokens };
}

/** How a job recovers its cuts. */
export function recoveryAttempt(
  { method }: RecoverySettings,
  settings: PruningSettings,
  windowCount: number,
): RecoveryAttempt {
  return { method, ridge: method === 'bias' ? 0 : RECOVERY_RIDGE, ...recoveryWindows(settings, windowCount) };
}

/** What models are to be asked for with; nothing where every recovery was refused. */
export function appliedRecovery({ method, ridge, windows, modules }: Recovery): Recovery | undefined {
  return modules.length === 0 ? undefined : { method, ridge, windows, modules };
}

function* askTogether(
  cut: UnitSet,
  attempt: RecoveryAttempt,
  trials: readonly RecoveryTrial[],
): Procedure<TogetherTrial> {
  const lossOfAccepted = yield* askLoss(cut, attempt, keptModules({ trials }));
  const lossOfAll = yield* askLoss(
    cut,
    attempt,
    trials.map(({ module }) => module),
  );
  return { lossOfAccepted, lossOfAll, accepted: lossOfAll < lossOfAccepted };
}

/** Loss of held-out windows with the recoveries of some modules in place. */
export function* askLoss(cut: UnitSet, attempt: RecoveryAttempt, modules: Recovery['modules']): Procedure<number> {
  const recovery = appliedRecovery({ ...attempt, modules });
  const losses = yield* askLosses({ cut, masks: [new Uint8Array(cut.length)], windows: attempt.heldOut, recovery });
  return losses[0] as number;
}
