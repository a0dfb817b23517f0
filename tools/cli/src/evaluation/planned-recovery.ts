import { makeCalibration, planRecovery } from '@bonsai/planner';
import { keptModules } from '@bonsai/pruning';
import type { RecoverySource } from '@bonsai/pruning';
import type { planProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { UsageError } from '../options/usage-error.ts';
import { textWindows } from '../text/text-windows.ts';

/** The text that a plan was made with. */
export interface CalibrationText {
  readonly calibration?: string;
  /** Tokens per window. */
  readonly calibrationContext?: number;
}

/**
 * What a scorer makes the recovered weights of a plan from; undefined where nothing was recovered, which needs no text.
 * @throws BonsaiError PLAN_INVALID for other text, and of the text; UsageError where there has to be one
 */
export async function plannedRecovery(
  plan: planProto.Plan,
  model: LocalModel,
  { calibration, calibrationContext }: CalibrationText,
): Promise<RecoverySource | undefined> {
  const { recovery, calibrationDigest } = plan;
  if (recovery === undefined || keptModules(recovery).length === 0) return undefined;
  if (calibration === undefined) {
    throw new UsageError(
      'Weights of this plan were recovered: give --calibration FILE, the text that it was made with.',
    );
  }
  const windows = await textWindows({
    modelDirectory: model.directory,
    textFile: calibration,
    context: windowLength(model, calibrationContext, '--calibration-context'),
    // A recovery deals out all windows.
    count: recovery.windows.length + recovery.heldOutWindows.length,
    option: '--calibration',
  });
  if (makeCalibration(windows).digest === calibrationDigest) return planRecovery(plan, windows);
  const message = 'The plan was made with other calibration windows; give its text and its --calibration-context.';
  throw invalidArgument('PLAN_INVALID', '--calibration', message);
}
