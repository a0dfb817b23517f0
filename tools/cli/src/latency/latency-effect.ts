import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { planCut } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { formatPercent } from '../output/format.ts';
import { timesInTurns } from './times-in-turns.ts';
import type { LatencyBudget, LatencyTask } from './latency-budget.ts';

/** What a plan was to do to the latency, and what it does; picoseconds of a pass. */
export interface LatencyEffect {
  readonly runtime: string;
  readonly tokens: number;
  readonly atMost: number;
  /** Of the pruned model, by the table. */
  readonly predicted: number;
  /** Of the table's costs from what was measured, on average. */
  readonly meanError: number;
  /** Both timed in turns after the job, without recovery, which changes no width. */
  readonly measured: { readonly whole: number; readonly pruned: number };
}

export async function latencyEffect(
  plan: planProto.Plan,
  {
    runtime,
    conditions,
    onTurn,
    meanError,
  }: Pick<LatencyTask, 'runtime' | 'conditions' | 'onTurn'> & Pick<LatencyBudget, 'meanError'>,
): Promise<LatencyEffect> {
  const { units, cut } = planCut(plan);
  const cuts: readonly UnitSet[] = [emptySet(units), cut];
  const [whole = 0, pruned = 0] = await timesInTurns(runtime, cuts, onTurn);
  return {
    runtime: conditions.runtime,
    tokens: conditions.tokens,
    atMost: plan.settings?.targetLatency ?? 0,
    predicted: plan.budget?.resourceUse ?? 0,
    meanError,
    measured: { whole, pruned },
  };
}

const milliseconds = (picoseconds: number): number => picoseconds / 1e9;

/** For `--json`. */
export function latencyEffectDocument(effect: LatencyEffect | undefined): object | null {
  if (effect === undefined) return null;
  const { runtime, tokens, atMost, predicted, meanError, measured } = effect;
  return {
    runtime,
    tokens,
    at_most_ms: milliseconds(atMost),
    predicted_ms: milliseconds(predicted),
    mean_error_of_table: meanError,
    measured_ms: milliseconds(measured.pruned),
    whole_model_ms: milliseconds(measured.whole),
  };
}

/** For people. */
export function latencySentence({ runtime, tokens, predicted, meanError, measured }: LatencyEffect): string {
  const { whole, pruned } = measured;
  return (
    `Latency of a window of ${tokens} tokens (${runtime}), measured in turns: ${formatLatency(whole)} whole, ` +
    `${formatLatency(pruned)} pruned, where the table predicted ${formatLatency(predicted)} (its own times to ${formatPercent(meanError)} on average).`
  );
}

export function formatLatency(picoseconds: number): string {
  return `${milliseconds(picoseconds).toPrecision(3)} ms`;
}
