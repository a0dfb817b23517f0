import type { Random } from '@bonsai/support';
import { HierarchicalFit } from '../regression/hierarchical-fit.ts';
import type { SlopeVariances } from '../regression/hierarchical-kernel.ts';
import type { SlopeBelief } from '../regression/slope-belief.ts';
import { candidatePool } from '../sampling/candidate-pool.ts';
import { refreshingProbes, screeningProbes } from '../sampling/probes.ts';
import { randomQuotaMask } from '../sampling/random-quota-mask.ts';
import { evenQuotas, randomQuotas } from '../sampling/random-quotas.ts';
import { queryHeadRows } from '../selection/attention-steps.ts';
import { rankedByDamage, type Ranking } from '../selection/ranking.ts';
import { takesWholes, type PrunedUnit } from '../units/pruned-units.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import type { MaskTrials } from './mask-trials.ts';
import type { Ingredient, Procedure } from '../contract/pruning-procedure.ts';
import { wholeCuts } from './whole-cuts.ts';

/** Shares of a round's masks: probes once estimates are carried; random quotas before that; near-final cuts; wholes. */
const REFRESH_SHARE = 0.25;
const RANDOM_SHARE = 0.5;
const FINAL_SHARE = 0.1;
const WHOLES_SHARE = 0.1;

/** Batches that posterior draws are split into; the fit is renewed between them. */
const DRAW_BATCHES = 2;

/** Deviation of the draws that are near-final cuts, relative to that of the posterior. */
const FINAL_TEMPERATURE = 0.3;

export interface SearchProblem {
  /** Counted from 0. */
  readonly round: number;
  readonly units: UnitTable;
  /** What may be removed. */
  readonly offered: readonly PrunedUnit[];
  readonly cut: UnitSet;
  /** Parameters that the round removes. */
  readonly need: number;
  /** Parameters that it may remove where a whole block takes more than the need. */
  readonly most: number;
  readonly trials: MaskTrials;
  /** What orders units for the cut that the others have to beat. */
  readonly guess: Float64Array;
  /** Importances that are expected before the round's first mask: of earlier rounds, or the guess. */
  readonly expected: Float64Array;
  /** What the fit takes importances to be a multiple of. */
  readonly prior: Float64Array;
  readonly without: ReadonlySet<Ingredient>;
  readonly belief: SlopeBelief;
  /** Whether the belief comes from measurements of earlier rounds. */
  readonly known: boolean;
  readonly poolFactor: number;
  /** Evaluations that the round may spend, those of finalists included. */
  readonly masks: number;
  readonly finalists: number;
  /** Windows that finalists are compared on. */
  readonly finalWindows: readonly number[];
  /** The round's cut if units go as ranked. @param need instead of that of the round */
  readonly select: (ranking: Ranking, need?: number) => UnitSet;
  /** Stream of random numbers of the mask with this index. */
  readonly randomOf: (index: number) => Random;
}

/**
 * Spends one round's masks: probes, masks with random quotas, the prior's cut, cuts drawn from the posterior, whole blocks, cuts
 * close to the posterior's mean.
 */
export class RoundSearch {
  readonly #problem: SearchProblem;
  /** First trial that may become the round's cut. */
  #firstCandidate = 0;
  #variances: SlopeVariances | Pick<SlopeVariances, 'common'>;

  constructor(problem: SearchProblem) {
    this.#problem = problem;
    this.#variances = this.#unknownVariances();
  }

  /** @returns the units to remove */
  *run(): Procedure<UnitSet> {
    const { trials, guess, finalists, finalWindows, without } = this.#problem;
    const masks = this.#problem.masks - finalists;
    if (!without.has('probes')) yield* trials.measure(this.#probes());
    const left = masks - trials.count;
    const nearFinal = Math.max(1, Math.floor(left * FINAL_SHARE));
    yield* trials.measure(this.#randomMasks(Math.ceil((left - nearFinal) * this.#randomShare())));
    this.#variances = this.#unknownVariances();
    this.#firstCandidate = trials.count;
    const priorCut = without.has('priorCut') || trials.count >= masks ? undefined : trials.count;
    if (priorCut !== undefined) yield* trials.measure([this.#cutBy(guess)]);
    for (let batch = DRAW_BATCHES; batch > 0; batch--) {
      if (batch === 1) yield* trials.measure(this.#wholeCuts(masks - nearFinal - trials.count));
      yield* this.#measureDraws(Math.floor((masks - nearFinal - trials.count) / batch), 1);
    }
    yield* this.#measureDraws(masks - trials.count, FINAL_TEMPERATURE);
    if (without.has('measuredCut')) return this.#cutBy(this.fit().importance());
    return yield* trials.best(this.#firstCandidate, priorCut, finalists, finalWindows);
  }

  /** Cuts of whole blocks and layers that may be better than what the fit would remove, a share of the masks at most. */
  #wholeCuts(affordable: number): UnitSet[] {
    const { units, offered, cut, need, most, masks, without, select, randomOf } = this.#problem;
    const count = Math.min(affordable, Math.ceil(WHOLES_SHARE * masks));
    if (count <= 0 || !takesWholes({ units: offered }) || without.has('measuredCut')) return [];
    return wholeCuts({ units, offered, cut, need, most, select }, this.fit().importance(), randomOf(masks)).slice(
      0,
      count,
    );
  }

  #randomShare(): number {
    const { known, trials, without } = this.#problem;
    if (without.has('posteriorDraws')) return 1;
    return known && trials.count > 0 ? 0 : RANDOM_SHARE;
  }

  /** The fit to everything measured so far; relative variances are chosen by the first fit and by that after random masks. */
  fit(): HierarchicalFit {
    const { units, prior, belief, trials } = this.#problem;
    const fit = new HierarchicalFit(units, prior, belief, trials.observations(), this.#variances);
    this.#variances = fit.variances;
    return fit;
  }

  #unknownVariances(): Pick<SlopeVariances, 'common'> {
    return { common: this.#problem.without.has('commonSlope') ? 0 : 1 };
  }

  #probes(): UnitSet[] {
    const { units, cut, round, masks, expected, known } = this.#problem;
    const order = this.#order(expected);
    const probed = { order, rows: queryHeadRows(units, cut, expected) };
    if (!known) return screeningProbes(units, cut, probed, masks);
    const refreshed = { ...probed, pool: this.#pool(order, false), round };
    return refreshingProbes(units, cut, refreshed, Math.floor(masks * REFRESH_SHARE));
  }

  /** In pairs, each disjoint from its partner as far as the pool allows. */
  #randomMasks(count: number): UnitSet[] {
    if (count === 0) return [];
    const { units, need, trials, expected, known, without, randomOf } = this.#problem;
    const split = without.has('randomQuotas') ? evenQuotas : randomQuotas;
    const screened = trials.count > 0;
    const order = this.#order(screened ? this.fit().importance() : expected);
    const pool = this.#pool(order, !known && !screened);
    const first = trials.count;
    const made: UnitSet[] = [];
    for (let i = 0; i < count; i++) {
      const partner = i % 2 === 1 && !without.has('partners') ? made[i - 1] : undefined;
      made.push(randomQuotaMask(units, pool, need, randomOf(first + i), partner, split));
    }
    return made;
  }

  /** Cuts by importances drawn from the posterior; at a low temperature the first is the cut by its mean. */
  *#measureDraws(count: number, temperature: number): Procedure<void> {
    if (count <= 0) return;
    const { trials, without, randomOf } = this.#problem;
    const jointNeurons = !without.has('jointDraws');
    const fit = this.fit();
    const first = trials.count;
    const masks = Array.from({ length: count }, (_, i) => {
      const atMean = i === 0 && temperature < 1;
      const importance = atMean ? fit.importance() : fit.draw(randomOf(first + i), temperature, jointNeurons);
      return this.#cutBy(importance);
    });
    yield* trials.measure(masks);
  }

  #cutBy(importance: Float64Array): UnitSet {
    const { units, cut, select } = this.#problem;
    return select(rankedByDamage(units, cut, importance));
  }

  /** Units by damage per parameter, without query heads, which one by one are nothing that can go. */
  #order(importance: Float64Array): number[] {
    const { units, cut } = this.#problem;
    const firstHead = units.module(0, 'queryHead').start;
    return rankedByDamage(units, cut, importance).order.filter((id) => id < firstHead);
  }

  #pool(order: readonly number[], everyGroup: boolean): number[] {
    const { units, need, poolFactor } = this.#problem;
    const undecided = (id: number): boolean => everyGroup && units.moduleOf(id).kind === 'kvGroup';
    return candidatePool(units, order, need, poolFactor, undecided);
  }
}
