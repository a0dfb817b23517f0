import { describe, expect, it } from '@jest/globals';
import { createProcedure } from '../procedure/create-procedure.ts';
import type { PruningMethod, PruningSettings } from '../contract/pruning-procedure.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { ascendingBy, selectWithinBudget } from '../selection/select-within-budget.ts';
import { emptySet } from '../units/unit-set.ts';
import { unitIds } from '../units/unit-table.ts';
import { kendallTau } from './kendall-tau.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const shape = {
  hiddenSize: 96,
  headDim: 16,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 5 }, () => ({ kvGroups: 6, ffnNeurons: 48 })),
};

const settings: PruningSettings = { ...SMALL_JOB, rounds: 4, masksPerRound: 72, windowsPerMask: 6, seed: 1 };

function prune(model: SyntheticModel, method: PruningMethod, options: Partial<PruningSettings> = {}) {
  return driveProcedure(createProcedure({ ...settings, method, ...options }, model), model).outcome;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + (value - mean(x)) * (y[i]! - mean(y)), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** log of the importance of the average unit of every module, estimated or true. */
function moduleLogs(model: SyntheticModel, importance: Float64Array): number[] {
  return model.units.modules.map(({ start, count, unitCost }) => {
    const sum = importance.subarray(start, start + count).reduce((a, b) => a + b, 0);
    return Math.log(sum / (count * unitCost));
  });
}

describe.each([1, 2, 3])('an additive game with critical heads, seed %d', (seed) => {
  const model = new SyntheticModel({ shape, seed });
  const { units, truth } = model;
  const ideal = selectWithinBudget(
    units,
    ascendingBy(units, emptySet(units), (id) => truth[id]! / units.cost(id)),
    0.5 * units.totalCost,
  );
  const outcome = prune(model, 'bonsai');

  it('has units ranked (tau > 0.6) and modules told apart (correlation of logs > 0.8) by one short round', () => {
    // Too few masks to measure every KV group alone: those of whole modules and random ones remain.
    const { importance } = prune(model, 'bonsai', { rounds: 1, sparsity: 0.1, masksPerRound: 60 });
    expect(kendallTau(importance, truth)).toBeGreaterThan(0.6);
    expect(correlation(moduleLogs(model, importance), moduleLogs(model, truth))).toBeGreaterThan(0.8);
  });

  it('has its KV groups ranked by one round that measures each alone (Kendall tau > 0.6)', () => {
    const { importance } = prune(model, 'bonsai', { rounds: 1, sparsity: 0.1 });
    const ids = units.modules.filter(({ kind }) => kind === 'kvGroup').flatMap(unitIds);
    const of = (values: Float64Array): Float64Array => Float64Array.from(ids, (id) => values[id]!);
    expect(kendallTau(of(importance), of(truth))).toBeGreaterThan(0.6);
  });

  it('is cut to within 25 % of the ideal damage, the critical head kept', () => {
    expect(model.damage(outcome.cut)).toBeLessThan(1.25 * model.damage(ideal));
    expect(outcome.cut[0]).toBe(0);
  });

  it('is cut better than by the prior alone, by the published scheme and at random', () => {
    const damage = model.damage(outcome.cut);
    for (const method of ['priorOnly', 'paper', 'random'] as const) {
      const other = prune(model, method, method === 'paper' ? { prior: 'wanda' } : {});
      expect(damage).toBeLessThan(0.8 * model.damage(other.cut));
    }
  });

  it('is predicted mask by mask once estimates are carried (leave-one-out tau > 0.25 in every later round)', () => {
    for (const round of outcome.rounds.slice(1)) expect(round.kendallTau).toBeGreaterThan(0.25);
  });
});
