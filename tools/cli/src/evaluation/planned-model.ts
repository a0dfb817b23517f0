import { makeCalibration, planCut, planRecovery } from '@bonsai/planner';
import type { RecoverySource } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import type { PrecisionName } from '../options/pruning-options.ts';
import { UsageError } from '../options/usage-error.ts';
import { checkRevision } from '../outputs/check-revision.ts';
import { readPlan } from '../outputs/read-plan.ts';
import { textWindows } from '../text/text-windows.ts';
import type { EvaluatedModel } from './evaluate-model.ts';

export interface PlannedModelOptions {
  readonly plan: string;
  /** Text that the plan was made with; needed where it has recovered weights. */
  readonly calibration?: string;
  readonly calibrationContext?: number;
  readonly precision?: PrecisionName;
}

/**
 * A model as a plan leaves it. A scorer makes recovered weights again, from the calibration text.
 * @throws BonsaiError PLAN_INVALID, MODEL_REVISION_MISMATCH; UsageError
 */
export async function plannedModel(model: LocalModel, options: PlannedModelOptions): Promise<EvaluatedModel> {
  const plan = await readPlan(options.plan);
  checkRevision(plan, model.revision);
  const recovery = await recoveryOf(plan, model, options);
  return { model, precision: options.precision ?? 'auto', ...planCut(plan), recovery };
}

async function recoveryOf(
  plan: planProto.Plan,
  model: LocalModel,
  { calibration, calibrationContext }: PlannedModelOptions,
): Promise<RecoverySource | undefined> {
  const { recovery, calibrationDigest } = plan;
  if (recovery === undefined) return undefined;
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
