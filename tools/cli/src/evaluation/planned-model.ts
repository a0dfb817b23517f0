import { planCut } from '@bonsai/planner';
import type { LocalModel } from '../model/open-model.ts';
import { precisionName } from '../options/pruning-options.ts';
import type { PrecisionName } from '../options/pruning-options.ts';
import { checkRevision } from '../outputs/check-revision.ts';
import { readPlan } from '../outputs/read-plan.ts';
import type { EvaluatedModel } from './evaluate-model.ts';
import { plannedRecovery } from './planned-recovery.ts';
import type { CalibrationText } from './planned-recovery.ts';

export interface PlannedModelOptions extends CalibrationText {
  readonly plan: string;
  /** Of the weights on the device; by default what the plan was made with. */
  readonly precision?: PrecisionName;
}

/**
 * A model as a plan leaves it. A scorer makes recovered weights again, from the calibration text.
 * @throws BonsaiError PLAN_INVALID, MODEL_REVISION_MISMATCH; UsageError
 */
export async function plannedModel(model: LocalModel, options: PlannedModelOptions): Promise<EvaluatedModel> {
  const plan = await readPlan(options.plan);
  checkRevision(plan, model.revision);
  const recovery = await plannedRecovery(plan, model, options);
  const planned = plan.settings && precisionName(plan.settings.precision);
  return { model, precision: options.precision ?? planned ?? 'auto', ...planCut(plan), recovery };
}
