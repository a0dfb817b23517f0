import { normal, type Random } from '@bonsai/support';
import { solveShifted, type Spectrum } from '../linear-algebra/eigen.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { buildDesign, type Design, type Observation } from './design.ts';
import { chooseVariances } from './choose-variances.ts';
import {
  commonSums,
  kernelParts,
  BLOCK_KINDS,
  SHARED_VARIANCE,
  sharedSums,
  type SlopeVariances,
} from './hierarchical-kernel.ts';
import { leaveOneOutResiduals } from './ridge-path.ts';
import { importanceOf } from './importance-of.ts';
import { narrowedBelief } from './narrowed-belief.ts';
import type { SlopeBelief } from './slope-belief.ts';

/**
 * Gaussian posterior of slopes given observations, for importance_u = slope_u * prior_u and
 * slope_u = belief mean + common term + kind term + module term + own term. There is no intercept: a mask that removes nothing changes
 * nothing. The ratios of the terms' variances and the ridge are those of greatest posterior probability.
 */
export class HierarchicalFit {
  readonly variances: SlopeVariances;
  readonly ridge: number;
  readonly spectrum: Spectrum;
  readonly design: Design;
  readonly #units: UnitTable;
  readonly #prior: Float64Array;
  readonly #belief: SlopeBelief;
  readonly #slopes: Float64Array;
  /** Prior variance of a slope of unit relative variance; the noise variance is ridge times this. */
  readonly #scale: number;

  constructor(
    units: UnitTable,
    prior: Float64Array,
    belief: SlopeBelief,
    observations: readonly Observation[],
    variances: SlopeVariances | { readonly common: SlopeVariances['common'] },
  ) {
    this.#units = units;
    this.#prior = prior;
    this.#belief = belief;
    this.design = buildDesign(units, prior, belief, observations);
    const parts = kernelParts(units, this.design, belief);
    const choice = chooseVariances(parts, this.design.residual, variances);
    this.variances = choice.variances;
    this.spectrum = choice.spectrum;
    this.ridge = choice.ridge;
    const dual = solveShifted(this.spectrum, this.ridge, this.design.residual);
    const energy = this.design.residual.reduce((sum, value, i) => sum + value * (dual[i] as number), 0);
    this.#scale = energy / this.design.size;
    this.#slopes = addTo(belief.mean, this.#slopeChange(dual));
  }

  /** Expected rise of the loss if the unit alone is removed; by unit id. */
  importance(): Float64Array {
    return importanceOf(this.#units, this.#prior, this.#slopes);
  }

  /**
   * Importances drawn from the posterior (Matheron's rule: a draw from the prior, corrected by a fit of its error).
   * @param temperature deviation of the draws, relative to that of the posterior
   * @param jointNeurons moves the neurons of every FFN together: masks tell next to nothing about single ones, and what
   *   independent moves would do is undo the order of the prior
   */
  draw(random: Random, temperature: number, jointNeurons: boolean): Float64Array {
    const { size } = this.design;
    const deviation = Math.sqrt(this.#scale) * temperature;
    if (deviation === 0) return this.importance();
    const sample = this.#drawFromPrior(random);
    const predicted = this.#predict(sample);
    const error = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      error[i] = (predicted[i] as number) + Math.sqrt(this.ridge) * normal(random);
    }
    const correction = this.#slopeChange(solveShifted(this.spectrum, this.ridge, error));
    const moved = sample.map((value, id) => value - (correction[id] as number));
    if (jointNeurons) this.#moveTogether(moved);
    const drawn = this.#slopes.map((slope, id) => slope + deviation * (moved[id] as number));
    return importanceOf(this.#units, this.#prior, drawn);
  }

  /** Moves the neurons of every FFN by the mean, weighted by prior, of their moves. */
  #moveTogether(moves: Float64Array): void {
    for (const { kind, start, count } of this.#units.modules) {
      if (kind !== 'ffnNeuron') continue;
      let weight = 0;
      let sum = 0;
      for (let id = start; id < start + count; id++) {
        weight += this.#prior[id] as number;
        sum += (this.#prior[id] as number) * (moves[id] as number);
      }
      if (weight > 0) moves.fill(sum / weight, start, start + count);
    }
  }

  /** What each observation would have been predicted to be, had it not been among the data, the variances and the ridge being those of all of them. */
  leaveOneOutPredictions(observations: readonly Observation[]): Float64Array {
    const residuals = leaveOneOutResiduals(this.spectrum, this.design.residual, this.ridge);
    return Float64Array.from(observations, ({ response, noise }, i) => response - (residuals[i] as number) * noise);
  }

  /** The posterior as the belief of a next fit. */
  belief(): SlopeBelief {
    return narrowedBelief(this.#units, this.#belief, this.#slopes, this);
  }

  /** C Z^T dual: how weights on observations move every slope. */
  #slopeChange(dual: Float64Array): Float64Array {
    const change = new Float64Array(this.#units.count);
    const shared = timesVector(sharedSums(this.#units, this.design), dual);
    const own = timesVector(this.design.moduleSums, dual);
    const common =
      this.variances.common * commonSums(this.design).reduce((sum, value, i) => sum + value * (dual[i] as number), 0);
    for (const [m, module] of this.#units.modules.entries()) {
      const spread = this.#belief.moduleSpread[m] as number;
      const sharedPart = SHARED_VARIANCE * (shared[BLOCK_KINDS.indexOf(module.block)] as number);
      const term = common + this.variances[module.block].module * (sharedPart + spread * (own[m] as number));
      change.fill(term, module.start, module.start + module.count);
    }
    for (const kind of BLOCK_KINDS) {
      const { ids, values } = this.design.columns[kind];
      const pull = timesVector(values, dual);
      for (const [row, id] of ids.entries()) {
        const root = Math.sqrt(this.#belief.unitSpread[id] as number);
        change[id] = (change[id] as number) + this.variances[kind].unit * root * (pull[row] as number);
      }
    }
    return change;
  }

  #drawFromPrior(random: Random): Float64Array {
    const sample = new Float64Array(this.#units.count);
    const common = normal(random) * Math.sqrt(this.variances.common);
    const shared = BLOCK_KINDS.map((kind) => normal(random) * Math.sqrt(SHARED_VARIANCE * this.variances[kind].module));
    for (const [m, module] of this.#units.modules.entries()) {
      const { module: moduleVariance, unit } = this.variances[module.block];
      const own = normal(random) * Math.sqrt(moduleVariance * (this.#belief.moduleSpread[m] as number));
      const ofModule = common + (shared[BLOCK_KINDS.indexOf(module.block)] as number) + own;
      for (let id = module.start; id < module.start + module.count; id++) {
        sample[id] = ofModule + normal(random) * Math.sqrt(unit * (this.#belief.unitSpread[id] as number));
      }
    }
    return sample;
  }

  /** Z slopes: what slopes predict for every whitened row. */
  #predict(slopes: Float64Array): Float64Array {
    const predicted = new Float64Array(this.design.size);
    for (const kind of BLOCK_KINDS) {
      const { ids, values } = this.design.columns[kind];
      for (const [row, id] of ids.entries()) {
        const root = Math.sqrt(this.#belief.unitSpread[id] as number);
        const slope = root > 0 ? (slopes[id] as number) / root : 0;
        for (let i = 0; i < predicted.length; i++) {
          predicted[i] = (predicted[i] as number) + slope * (values.values[row * predicted.length + i] as number);
        }
      }
    }
    return predicted;
  }
}

function timesVector({ rows, columns, values }: Matrix, v: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += (values[r * columns + c] as number) * (v[c] as number);
    out[r] = sum;
  }
  return out;
}

function addTo(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] as number));
}
