import { appliedRecovery, emptySet, meanNll, prunableUnits } from '@bonsai/pruning';
import type {
  Recovery,
  PruningOutcome,
  PruningProblem,
  PruningProcedure,
  PruningSettings,
  UnitTable,
} from '@bonsai/pruning';
import { windowTokensOf } from '../calibration/calibration.ts';
import type { CalibrationStore } from '../calibration/calibration-store.ts';
import type { EvaluationStore } from '../evaluations/evaluation-store.ts';
import { Evaluator } from '../evaluations/evaluator.ts';
import { buildPlan } from '../plan/build-plan.ts';
import { planDocument } from '../plan/plan-document.ts';
import { withObjective } from '../metric/with-objective.ts';
import type { OpenMetric } from '../metric/open-metric.ts';
import type { MetricStore } from '../metric/metric-store.ts';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import type { Scorer } from '../scorer/scorer.ts';
import { withScorer } from '../scorer/with-scorer.ts';
import type { OpenScorer } from '../scorer/with-scorer.ts';
import type { WeightsStore } from '../store/weights-store.ts';
import { driveProcedure } from './drive-procedure.ts';
import type { Job } from './job.ts';
import type { ProgressTracker } from './progress-tracker.ts';

export type ProcedureFactory = (settings: PruningSettings, problem: PruningProblem) => PruningProcedure;

/** What every run of a job needs beside the job. */
export interface RunEnvironment {
  readonly calibrations: CalibrationStore;
  readonly evaluations: EvaluationStore;
  readonly metricLosses: MetricStore;
  readonly openMetric: OpenMetric;
  readonly weights: WeightsStore;
  /** Calls to this go to all scorers in turn. */
  readonly scorer: Scorer;
  readonly openScorer: OpenScorer;
  /** How many scorers measure the masks of one job at the same time, where these need no recovery. */
  readonly scorersPerJob: number;
  readonly retry: RetryPolicy;
  readonly createProcedure: ProcedureFactory;
}

/**
 * Runs the job's method from its first question; what an earlier run stored is not evaluated again.
 * @returns the plan's canonical document
 * @throws BonsaiError, among them CANCELLED when the signal aborts and SCORER_UNAVAILABLE
 */
export function runJob(
  job: Job,
  environment: RunEnvironment,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<string> {
  return withScorer(environment.openScorer, (scorer) => runOn(scorer, job, environment, tracker, signal));
}

async function runOn(
  scorer: Scorer,
  job: Job,
  environment: RunEnvironment,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<string> {
  const { calibrations, evaluations, weights, retry, createProcedure, scorersPerJob } = environment;
  const units = prunableUnits(job.model.shape, job.spec.settings);
  const calibration = calibrations.get(job.spec.calibration);
  const evaluator = new Evaluator({
    spec: job.spec,
    revision: job.model.revision,
    units,
    calibration,
    store: evaluations,
    weights,
    scorer,
    allScorers: environment.scorer,
    scorersPerJob,
    retry,
    observer: tracker,
  });
  const windowTokens = windowTokensOf(calibration);
  const procedure = createProcedure(job.spec.settings, { units, windowTokens });
  const outcome = await withObjective(job, evaluator, environment, signal, (objective) =>
    driveProcedure(procedure, evaluator, objective, tracker, signal),
  );
  await measureResult(outcome, job, units, evaluator, tracker, signal);
  const applied = recoveryOf(outcome);
  const weightsDigest = applied === undefined ? undefined : await evaluator.weights(outcome.cut, applied, signal);
  return planDocument(buildPlan(job.spec, job.model, outcome, weightsDigest));
}

function recoveryOf({ recovery }: PruningOutcome): Recovery | undefined {
  return recovery === undefined ? undefined : appliedRecovery(recovery);
}

/** The perplexity that the job ends with, on the first windows of the calibration text. It does not enter the plan. */
async function measureResult(
  outcome: PruningOutcome,
  job: Job,
  units: UnitTable,
  evaluator: Evaluator,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<void> {
  const windows = Array.from({ length: job.spec.settings.windowsPerMask }, (_, window) => window);
  const { cut } = outcome;
  const request = { kind: 'losses' as const, cut, masks: [emptySet(units)], windows, recovery: recoveryOf(outcome) };
  const [losses = []] = await evaluator.losses(request, signal);
  tracker.measured(meanNll(losses));
}
