import { planForwardTokens } from '@bonsai/planner';
import { keptModules } from '@bonsai/pruning';
import { recoveryProto } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import { priorRaceDocument, priorRaceSentence } from './prior-race.ts';
import { roundTable } from '../jobs/round-table.ts';
import { constraintsDocument, constraintsTable } from './constraint-costs.ts';
import { formatCount, formatPercent } from '../output/format.ts';
import { formatLatency, latencyEffectDocument, latencySentence } from '../latency/latency-effect.ts';
import type { LatencyEffect } from '../latency/latency-effect.ts';
import { earlierFileNote } from '../outputs/earlier-files.ts';
import type { ExportedModel } from '../outputs/export-model.ts';
import type { PlanFiles } from '../outputs/plan-files.ts';
import type { MeasuredEffect } from './measure-effect.ts';

export interface PruningResult {
  readonly job: string;
  readonly files: PlanFiles;
  readonly models: readonly ExportedModel[];
  /** Paths of files beside these that were there before. */
  readonly earlier: readonly string[];
  readonly effect: MeasuredEffect | undefined;
  /** Where latency is limited. */
  readonly latency: LatencyEffect | undefined;
  /** The most that the scorer has held so far; of all its work, if others use it too. */
  readonly gpuMemoryPeakBytes: number;
}

/** What `bonsai prune --json` prints. */
export function pruningDocument(result: PruningResult): object {
  const { job, files, models, earlier, effect, latency, gpuMemoryPeakBytes } = result;
  const { plan, path, recovered = null } = files;
  return {
    job,
    plan_digest: plan.digest,
    sparsity: plan.budget?.sparsity,
    removed_parameters: plan.budget?.removedParameters,
    resource_use: plan.budget?.resourceUse || null,
    prunable_parameters: plan.budget?.prunableParameters,
    rounds: plan.rounds.map((round) => ({
      round: round.round,
      masks: round.masks,
      forward_tokens: round.forwardTokens,
      base_nll: round.baseNll,
      loo_r2: round.looR2 ?? null,
      loo_r2_without_top_module: round.looR2WithoutTopModule ?? null,
      kendall_tau: round.kendallTau ?? null,
    })),
    perplexity: effect === undefined ? null : { before: effect.before, after: effect.after, tokens: effect.tokens },
    kl: effect?.kl ?? null,
    latency: latencyEffectDocument(latency),
    gpu_memory_peak_bytes: gpuMemoryPeakBytes,
    forward_tokens: planForwardTokens(plan),
    prior_race: priorRaceDocument(plan.priorRace),
    recovery: recoveryDocument(plan.recovery),
    constraints: constraintsDocument(plan.constraintCosts),
    outputs: { plan: path, recovered, models, earlier_files: earlier },
  };
}

function recoveryDocument(recovery: recoveryProto.PlanRecovery | undefined): object | null {
  if (recovery === undefined) return null;
  const { trials, together, forwardTokens } = recovery;
  return {
    tried: trials.length,
    accepted: keptModules(recovery).length,
    refused_alone: trials.filter((trial) => !trial.accepted).length,
    loss_of_all: together?.lossOfAll ?? null,
    loss_of_accepted: together?.lossOfAccepted ?? null,
    forward_tokens: forwardTokens,
  };
}

/** The same for people; also the report that lies beside the outputs. */
export function pruningReport({ files, models, earlier, effect, latency }: PruningResult): string {
  const { plan, path, recovered } = files;
  const parts = [removal(plan)];
  if (effect !== undefined) {
    parts.push(
      `Perplexity on held-out text (${formatCount(effect.tokens)} tokens): ` +
        `${effect.before.toFixed(2)} before, ${effect.after.toFixed(2)} after${divergenceClause(effect.kl)}.`,
    );
  }
  if (latency !== undefined) parts.push(latencySentence(latency));
  if (plan.rounds.length > 0) parts.push(roundTable(plan.rounds, plan.settings));
  if (plan.constraintCosts !== undefined) parts.push(constraintsTable(plan.constraintCosts));
  if (plan.priorRace !== undefined) parts.push(priorRaceSentence(plan.priorRace));
  if (plan.recovery !== undefined) parts.push(recoverySentence(plan.recovery));
  parts.push(`Forward tokens in all: ${formatCount(planForwardTokens(plan))}.`);
  const written = [path, ...(recovered === undefined ? [] : [recovered]), ...models.map((model) => model.path)];
  const notes = [...models.flatMap((model) => model.notes), ...earlier.map(earlierFileNote)];
  parts.push(['Written:', ...written.map((path) => `  ${path}`), ...notes.map((note) => `  note: ${note}`)].join('\n'));
  return parts.join('\n\n');
}

function divergenceClause(kl: number | undefined): string {
  return kl === undefined
    ? ''
    : `; what it predicts is ${kl.toFixed(4)} nats per token (KL) from what the whole model does`;
}

function recoverySentence(recovery: recoveryProto.PlanRecovery): string {
  const { trials, method } = recovery;
  const { RECOVERY_METHOD_BIAS, RECOVERY_METHOD_ALIGNED_LEAST_SQUARES } = recoveryProto.RecoveryMethod;
  const means = method === RECOVERY_METHOD_BIAS ? 'a bias' : 'least squares';
  const what =
    method === RECOVERY_METHOD_ALIGNED_LEAST_SQUARES ? 'output projections and the final norm' : 'output projections';
  const kept = keptModules(recovery).length;
  const others = kept < trials.length ? '; the others stay as they were, because held-out text did not gain' : '';
  return `Recovered ${kept} of ${trials.length} modules (${what}) by ${means}${others}.`;
}

function targetSentence({ resourceUse }: planProto.PlanBudget, settings: planProto.PlanSettings | undefined): string {
  if (settings === undefined || resourceUse === 0) return '';
  const [amount, limit] = limitOf(settings, resourceUse);
  return ` The pruned model takes ${amount} of at most ${limit}.`;
}

/** What is taken, and of what. */
function limitOf(settings: planProto.PlanSettings, taken: number): readonly [string, string] {
  const { targetParameters, targetFlops, targetBytes, targetLatency, targetContextLength } = settings;
  if (targetLatency > 0) {
    const limit = `${formatLatency(targetLatency)} for a window of ${targetContextLength} tokens, by what was measured`;
    return [formatLatency(taken), limit];
  }
  const limit =
    targetFlops > 0
      ? `${formatCount(targetFlops)} FLOPs for a token that attends to ${targetContextLength}`
      : targetBytes > 0
        ? `${formatCount(targetBytes)} bytes as a GGUF file`
        : `${formatCount(targetParameters)} parameters in all`;
  return [formatCount(taken), limit];
}

function removal({ budget, model, settings }: planProto.Plan): string {
  if (budget === undefined || model?.shape === undefined) return 'Pruned.';
  const { layers } = model.shape;
  const groups = layers.reduce((sum, { kvGroups }) => sum + kvGroups, 0);
  const perGroup = model.shape.queryHeadsPerKvGroup;
  const heads = perGroup === 1 ? '' : `, ${budget.keptQueryHeads} of ${groups * perGroup} query heads`;
  const neurons = layers.reduce((sum, { ffnNeurons }) => sum + ffnNeurons, 0);
  return (
    `Removed ${formatPercent(budget.sparsity)} of the prunable parameters ` +
    `(${formatCount(budget.removedParameters)} of ${formatCount(budget.prunableParameters)}); ` +
    `kept ${budget.keptKvGroups} of ${groups} KV groups${heads} and ` +
    `${budget.keptFfnNeurons} of ${neurons} FFN neurons.` +
    targetSentence(budget, settings)
  );
}
