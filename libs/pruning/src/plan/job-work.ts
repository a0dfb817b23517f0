import { pricedCuts, pricingTokens } from '../constraints/pricing-procedure.ts';
import { PRIOR_CANDIDATES, priorRaceTokens } from '../prior/best-prior-procedure.ts';
import { mostBlockTrials } from '../procedure/block-pruner-procedure.ts';
import { methodTraits, roundCount } from '../contract/method-traits.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { forwardTokens, type RoundPasses } from '../procedure/round-evidence.ts';
import { finalistCount } from '../procedure/second-look.ts';
import { validateSettings } from '../procedure/validate-settings.ts';
import { recoveryWindows, togetherTokens, trialTokens } from '../recovery/recovery-windows.ts';
import { hostMultiplications } from './host-multiplications.ts';
import { targetRemovedParameters } from './plan-budget.ts';
import { roundWindows } from '../sampling/round-windows.ts';
import { shareProblem } from '../target/target-problem.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** What a procedure with these settings asks of the model. */
export interface JobWork {
  readonly rounds: number;
  /** Over all rounds, without the unmasked model; and the cuts that price constraints. */
  readonly masks: number;
  /** Masks, the unmasked model of every round, and the cuts that priors and recoveries are judged by: the most. */
  readonly evaluations: number;
  /** The most that the rounds' evidence will add up to: exact for methods that do not decide on the way what to measure. */
  readonly forwardTokens: number;
  /** Of the algebra that the scorer's host does for it, in f64: the most, with even cuts. */
  readonly hostMultiplications: number;
  readonly kvGroups: number;
  /** Those that may go without their group. */
  readonly queryHeads: number;
  readonly ffnNeurons: number;
  readonly prunableParameters: number;
  readonly targetRemovedParameters: number;
}

/** @throws BonsaiError as createProcedure does */
export function countWork(asked: PruningSettings, whole: PruningProblem): JobWork {
  const { settings, problem } = shareProblem(asked, whole);
  validateSettings(settings, problem);
  const { units, windowTokens } = problem;
  const rounds = roundCount(settings);
  const inner = unprotectedProblem(settings, problem);
  const masksPerRound = maskCount(inner.settings, inner.problem.units);
  const finalists = settings.method === 'bonsai' ? finalistCount(settings, windowTokens.length) : 0;
  const passes: RoundPasses = {
    masks: masksPerRound - finalists,
    finalists,
    statisticsPasses: settings.method === 'wandaSp' ? units.shape.layers.length : 1,
  };
  let tokens = 0;
  for (let round = 0; round < rounds; round++) {
    const windows = roundWindows(settings, windowTokens.length, round);
    tokens += forwardTokens(windowTokens, windows, passes);
  }
  const { layers } = units.shape;
  tokens += pricingTokens(settings, windowTokens);
  if (inner.settings.prior === 'best' && inner.settings.recovery !== undefined) {
    tokens += priorRaceTokens({ ...inner.settings, recovery: inner.settings.recovery }, inner.problem);
  }
  tokens += recoveryCount(settings) * mostRecoveryTokens(settings, problem);
  const masks = rounds * masksPerRound + pricedCuts(settings);
  return {
    rounds,
    masks,
    evaluations: masks + rounds + judgedCuts(settings),
    forwardTokens: tokens,
    hostMultiplications: hostMultiplications(settings, problem),
    kvGroups: layers.reduce((sum, layer) => sum + layer.kvGroups, 0),
    queryHeads: layers.reduce((sum, { queryHeads = 0 }) => sum + queryHeads, 0),
    ffnNeurons: layers.reduce((sum, layer) => sum + layer.ffnNeurons, 0),
    prunableParameters: whole.units.totalCost,
    targetRemovedParameters: targetRemovedParameters(whole.units, asked),
  };
}

/** Recoveries of the whole job. */
function recoveryCount(settings: PruningSettings): number {
  if (settings.recovery === undefined) return 0;
  return settings.recovery.schedule === 'everyRound' ? roundCount(settings) : 1;
}

/** Recovered cuts that held-out windows judge: one of each prior, and two of each recovery that is judged together. */
function judgedCuts(settings: PruningSettings): number {
  return (settings.prior === 'best' ? PRIOR_CANDIDATES.length : 0) + 2 * recoveryCount(settings);
}

/** Of one recovery: every module may have lost something, and the final norm is one more. */
function mostRecoveryTokens(settings: PruningSettings, { units, windowTokens }: PruningProblem): number {
  const { recovery } = settings;
  if (recovery === undefined) return 0;
  const fitted = { method: recovery.method, ...recoveryWindows(settings, windowTokens.length) };
  return trialTokens(windowTokens, fitted, units.blocks.length + 1) + togetherTokens(windowTokens, fitted);
}

/** Masks of one round. */
function maskCount(settings: PruningSettings, units: UnitTable): number {
  if (settings.method === 'blockPruner') return mostBlockTrials(units, settings.sparsity * units.totalCost);
  return methodTraits(settings.method).samplesMasks ? settings.masksPerRound : 0;
}
