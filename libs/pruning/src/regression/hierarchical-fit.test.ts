import { describe, expect, it } from '@jest/globals';
import { integerBelow, normal, seededRandom } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import { Matrix } from 'ml-matrix';
import { conditionDensely } from '../testing/dense-gaussian.ts';
import { UnitTable } from '../units/unit-table.ts';
import type { Observation } from './design.ts';
import { HierarchicalFit } from './hierarchical-fit.ts';
import { BLOCK_KINDS, SHARED_VARIANCE } from './hierarchical-kernel.ts';
import type { SlopeBelief } from './slope-belief.ts';

const SEED = 31;
const random = seededRandom(SEED);
const units = new UnitTable({
  hiddenSize: 8,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: [
    { kvGroups: 3, ffnNeurons: 9 },
    { kvGroups: 2, ffnNeurons: 7 },
  ],
});
const prior = Float64Array.from({ length: units.count }, () => Math.exp(normal(random)));
const belief: SlopeBelief = {
  mean: Float64Array.from({ length: units.count }, () => 2 + 0.1 * normal(random)),
  unitSpread: Float64Array.from({ length: units.count }, () => 0.2 + 0.8 * random.next()),
  moduleSpread: Float64Array.from(units.modules, () => 0.2 + 0.8 * random.next()),
};
const truth = prior.map((value, id) => value * (2 + 0.5 * Math.sin(id)));
const observations: Observation[] = Array.from({ length: 18 }, () => {
  const mask = new Uint8Array(units.count);
  for (let k = 0; k < 7; k++) mask[integerBelow(random, units.count)] = 1;
  const response = truth.reduce((sum, value, id) => sum + value * mask[id]!, 0) + 0.1 * normal(random);
  return { mask, response, noise: 0.5 + random.next(), isFinite: true };
});
const fit = new HierarchicalFit(units, prior, belief, observations, { common: 1 });

/** The same model written out as one Gaussian over slopes, on the scale where the noise of row i is ridge * noise_i^2. */
function densely() {
  const covariance = Matrix.zeros(units.count, units.count);
  for (let a = 0; a < units.count; a++) {
    for (let b = 0; b < units.count; b++) {
      const [moduleA, moduleB] = [units.moduleOf(a), units.moduleOf(b)];
      covariance.set(a, b, fit.variances.common);
      if (moduleA.kind !== moduleB.kind) continue;
      const { module, unit } = fit.variances[moduleA.block];
      const own = moduleA === moduleB ? belief.moduleSpread[units.modules.indexOf(moduleA)]! : 0;
      const ofKind = module * (SHARED_VARIANCE + own) + (a === b ? unit * belief.unitSpread[a]! : 0);
      covariance.set(a, b, fit.variances.common + ofKind);
    }
  }
  const rows = new Matrix(observations.map(({ mask }) => [...prior.map((value, id) => value * mask[id]!)]));
  const posterior = conditionDensely(
    [...belief.mean],
    covariance,
    rows,
    observations.map(({ response }) => response),
    observations.map(({ noise }) => fit.ridge * noise ** 2),
  );
  return { ...posterior, prior: covariance };
}

/** Covariances of all terms, common, per kind, per module and per unit, before and after the observations. */
function termVariances() {
  const variances = [
    fit.variances.common,
    ...BLOCK_KINDS.map((kind) => SHARED_VARIANCE * fit.variances[kind].module),
    ...units.modules.map(({ block }, m) => fit.variances[block].module * belief.moduleSpread[m]!),
    ...[...prior.keys()].map((id) => fit.variances[units.moduleOf(id).block].unit * belief.unitSpread[id]!),
  ];
  const rows = observations.map(({ mask }) => {
    const sumOver = (belongs: (id: number) => boolean): number =>
      prior.reduce((sum, value, id) => sum + (belongs(id) ? value * mask[id]! : 0), 0);
    return [
      sumOver(() => true),
      ...BLOCK_KINDS.map((kind) => sumOver((id) => units.moduleOf(id).block === kind)),
      ...units.modules.map((module) => sumOver((id) => units.moduleOf(id) === module)),
      ...[...prior.keys()].map((unit) => sumOver((id) => id === unit)),
    ];
  });
  const before = Matrix.diag(variances);
  const noise = observations.map(({ noise: deviation }) => fit.ridge * deviation ** 2);
  const { covariance } = conditionDensely(
    variances.map(() => 0),
    before,
    new Matrix(rows),
    noise,
    noise,
  );
  return { before, after: covariance };
}

describe(`hierarchical fit (seed ${SEED})`, () => {
  const dense = densely();
  const slopesOf = (importance: Float64Array): number[] => [...importance.map((value, id) => value / prior[id]!)];

  it('has the posterior mean of the Gaussian model in unit space', () => {
    expect(maxRelativeError(slopesOf(fit.importance()), dense.mean)).toBeLessThan(1e-4);
  });

  it('draws importances with the posterior mean and covariance', () => {
    const draws = Array.from({ length: 4000 }, (_, i) => slopesOf(fit.draw(seededRandom(SEED, i), 1, false)));
    const sample = new Matrix(draws);
    const means = sample.mean('column');
    const scale = draws.reduce((sum, draw) => sum + (draw[20]! - means[20]!) ** 2, 0) / draws.length;
    const unit = scale / dense.covariance.get(20, 20);
    for (const id of [0, 4, 11, 15, 20]) {
      const deviation = Math.sqrt(unit * dense.covariance.get(id, id));
      expect(Math.abs(means[id]! - dense.mean[id]!)).toBeLessThan((5 * deviation) / Math.sqrt(draws.length));
      const covariance = draws.reduce((sum, draw) => sum + (draw[id]! - means[id]!) * (draw[20]! - means[20]!), 0);
      const expected = unit * dense.covariance.get(id, 20);
      expect(Math.abs(covariance / draws.length - expected)).toBeLessThan(0.08 * deviation * Math.sqrt(scale));
    }
  });

  it('draws closer to the mean at a lower temperature', () => {
    const movesAt = (temperature: number): number[] =>
      slopesOf(fit.draw(seededRandom(SEED, 2), temperature, false)).map(
        (slope, id) => slope - slopesOf(fit.importance())[id]!,
      );
    // The floor under slopes, a twentieth of the typical one, holds up none of these.
    const warm = movesAt(1);
    expect(Math.min(...slopesOf(fit.draw(seededRandom(SEED, 2), 1, false)))).toBeGreaterThan(0.5);
    expect(Math.max(...warm.map(Math.abs))).toBeGreaterThan(0.05);
    for (const [id, move] of movesAt(0.3).entries()) expect(move).toBeCloseTo(0.3 * warm[id]!, 9);
  });

  it('draws the neurons of an FFN together, in the order of the mean', () => {
    const jointly = slopesOf(fit.draw(seededRandom(SEED, 1), 1, true));
    for (const { kind, start, count } of units.modules) {
      const moves = jointly.slice(start, start + count).map((slope, i) => slope - dense.mean[start + i]!);
      const spread = Math.max(...moves) - Math.min(...moves);
      if (kind === 'ffnNeuron') expect(spread).toBeLessThan(1e-3);
      else expect(spread).toBeGreaterThan(0.01);
    }
  });

  it('scales the prior as a whole where masks do not tell its parts apart', () => {
    const everything: Observation = {
      mask: new Uint8Array(units.count).fill(1),
      response: 0,
      noise: 1,
      isFinite: true,
    };
    const response = 3 * prior.reduce((sum, value) => sum + value, 0);
    const vague = { ...belief, mean: new Float64Array(units.count) };
    const few = new HierarchicalFit(units, prior, vague, [{ ...everything, response }], { common: 1 });
    const slopes = slopesOf(few.importance());
    expect(Math.max(...slopes) / Math.min(...slopes)).toBeLessThan(2);
  });

  it('predicts left-out rows as a fit without them does', () => {
    const predictions = fit.leaveOneOutPredictions(observations);
    const spread = Math.sqrt(observations.reduce((sum, { response }) => sum + response ** 2, 0) / observations.length);
    for (const left of [0, 7, 17]) {
      const rest = observations.filter((_, i) => i !== left);
      const refit = conditionDensely(
        [...belief.mean],
        dense.prior,
        new Matrix(rest.map(({ mask }) => [...prior.map((value, id) => value * mask[id]!)])),
        rest.map(({ response }) => response),
        rest.map(({ noise }) => fit.ridge * noise ** 2),
      );
      const expected = refit.mean.reduce(
        (sum, slope, id) => sum + slope * prior[id]! * observations[left]!.mask[id]!,
        0,
      );
      expect(Math.abs(predictions[left]! - expected)).toBeLessThan(1e-4 * spread);
    }
  });

  it('passes on slopes and the share of the variance that is left', () => {
    const next = fit.belief();
    expect(maxRelativeError(next.mean, dense.mean)).toBeLessThan(1e-4);
    const { before, after } = termVariances();
    const left = (term: number): number => after.get(term, term) / before.get(term, term);
    for (const [m, spread] of next.moduleSpread.entries()) {
      expect(spread / belief.moduleSpread[m]!).toBeCloseTo(left(1 + BLOCK_KINDS.length + m), 3);
    }
    for (const [id, spread] of next.unitSpread.entries()) {
      expect(spread / belief.unitSpread[id]!).toBeCloseTo(left(1 + BLOCK_KINDS.length + units.modules.length + id), 3);
    }
  });

  it('predicts nothing for a mask that removes nothing: it is anchored', () => {
    const empty: Observation = { mask: new Uint8Array(units.count), response: 0, noise: 1, isFinite: true };
    const anchored = new HierarchicalFit(units, prior, belief, [...observations, empty], { common: 1 });
    expect(anchored.leaveOneOutPredictions([...observations, empty]).at(-1)).toBeCloseTo(0, 12);
  });
});
