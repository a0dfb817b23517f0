import type { StatisticKind } from './layer-statistics.ts';
import type { RecoverySettings } from './recovery.ts';
import type { PriorChoice, PriorKind, PruningMethod, PruningSettings } from './pruning-procedure.ts';

/** What the settings mean to a method. */
export interface MethodTraits {
  /** Cuts in as many rounds as the settings say; else all at once. */
  readonly inRounds: boolean;
  /** Evaluates as many masks per round as the settings say. */
  readonly samplesMasks: boolean;
  /** Hits the budget only to within a whole attention block, FFN or layer. */
  readonly removesBlocks: boolean;
  /** Chooses by a prior; else one that is set would say nothing. */
  readonly usesPrior: boolean;
  /** The prior that it is used with unless the user says otherwise. */
  readonly defaultPrior: PriorKind;
  /** Whether that prior is part of the method's definition. */
  readonly fixedPrior: boolean;
}

const ONE_SHOT: MethodTraits = {
  inRounds: false,
  samplesMasks: false,
  removesBlocks: false,
  usesPrior: true,
  defaultPrior: 'energy',
  fixedPrior: false,
};

const PAPER: MethodTraits = { ...ONE_SHOT, inRounds: true, samplesMasks: true, defaultPrior: 'wanda' };

const TRAITS: Readonly<Record<PruningMethod, MethodTraits>> = {
  bonsai: { ...ONE_SHOT, inRounds: true, samplesMasks: true },
  paper: PAPER,
  paperLocal: PAPER,
  random: { ...ONE_SHOT, usesPrior: false },
  priorOnly: { ...ONE_SHOT, inRounds: true },
  magnitude: { ...ONE_SHOT, defaultPrior: 'magnitude', fixedPrior: true },
  wandaSp: { ...ONE_SHOT, defaultPrior: 'wanda', fixedPrior: true },
  flap: { ...ONE_SHOT, defaultPrior: 'fluctuation', fixedPrior: true },
  shortGpt: { ...ONE_SHOT, removesBlocks: true, usesPrior: false },
  blockPruner: { ...ONE_SHOT, removesBlocks: true, usesPrior: false },
};

export function methodTraits(method: PruningMethod): MethodTraits {
  return TRAITS[method];
}

/**
 * The prior that a method is used with unless the user says otherwise. Energies guess what a unit's removal does; where
 * least squares makes up for every round's cut, a guess of what that cannot restore may be better.
 */
export function defaultPrior(method: PruningMethod, recovery?: RecoverySettings): PriorChoice {
  const { defaultPrior: prior, inRounds } = TRAITS[method];
  const isRefitted = inRounds && recovery?.schedule === 'everyRound' && recovery.method !== 'bias';
  return isRefitted && prior === 'energy' ? 'best' : prior;
}

/** Rounds that a procedure with these settings takes. */
export function roundCount(settings: PruningSettings): number {
  return TRAITS[settings.method].inRounds ? settings.rounds : 1;
}

/** Whether losses are turned into perplexities, so that they must be nats per token. */
export function fitsPerplexity({ method, without }: PruningSettings): boolean {
  return (
    method === 'paper' || method === 'paperLocal' || (method === 'bonsai' && without?.includes('logLoss') === true)
  );
}

/** Statistics that a prior is computed from; none for the random control. */
export function priorStatistics(prior: PriorChoice): readonly StatisticKind[] {
  if (prior === 'random') return [];
  return prior === 'obs' || prior === 'best' ? ['obs'] : ['activation'];
}

/** Statistics that a procedure with these settings asks for. */
export function statisticsOf({ method, prior }: PruningSettings): readonly StatisticKind[] {
  switch (method) {
    case 'random':
    case 'blockPruner':
      return [];
    case 'shortGpt':
      return ['similarity'];
    default:
      return priorStatistics(prior);
  }
}
