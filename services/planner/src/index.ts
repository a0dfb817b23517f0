import { fileURLToPath } from 'node:url';

export { startPlannerServer } from './server.ts';
export type { PlannerServer } from './server.ts';
export { DEFAULT_SETTINGS } from './jobs/job-settings.ts';
export { makeCalibration } from './calibration/calibration.ts';
export { buildPlan } from './plan/build-plan.ts';
export { planDocument, weightsDigestOf, readPlanDocument } from './plan/plan-document.ts';
export { planRecovery } from './plan/plan-recovery.ts';
export { planForwardTokens } from './plan/plan-tokens.ts';
export { planCut } from './plan/plan-cut.ts';
export { GrpcMetric } from './metric/grpc-metric.ts';
export { loadMetricModule } from './metric/module-metric.ts';
export type { MetricQuestion, UserMetric } from './metric/user-metric.ts';
export { DEFAULT_RETRY_POLICY, retryWhileGone } from './retry/retry-while-gone.ts';
export { isServiceGone } from './retry/service-gone.ts';
export { isStoreBusy } from './store/store-error.ts';
export { announcedPlanner } from './store/planner-address.ts';
export { askScorer } from './scorer/ask-scorer.ts';
export { GrpcScorer } from './scorer/grpc-scorer.ts';
export type { EvaluationBase, Scorer, ScorerDevice } from './scorer/scorer.ts';
export { SupervisedScorer } from './scorer-process/supervised-scorer.ts';
export { defaultStore } from './process/command-line.ts';

/** The built entry point of the service, to be run by Node as a process of its own. */
export const PLANNER_MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
