import { describe, expect, it } from '@jest/globals';
import { withQueryHeads } from '../units/model-shape.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import type { Resource } from '../contract/target.ts';
import { planBudget } from './plan-budget.ts';
import { planDigest } from './plan-digest.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 2,
  layers: [
    { kvGroups: 3, ffnNeurons: 4 },
    { kvGroups: 1, ffnNeurons: 2 },
  ],
});
const cut = emptySet(units);
for (const id of [1, 3, 6, 7]) cut[id] = 1;

describe('planBudget', () => {
  it('counts parameters and units', () => {
    // Groups cost 48, neurons 12: 4 * 48 + 6 * 12 in all; two of each are cut.
    expect(planBudget(units, cut, { sparsity: 0.5 })).toEqual({
      prunableParameters: 264,
      targetRemovedParameters: 132,
      removedParameters: 120,
      keptQueryHeads: 4,
      sparsity: 120 / 264,
      keptKvGroups: 2,
      keptFfnNeurons: 4,
      resourceUse: 0,
    });
  });

  it('counts what a limit is about, and asks in parameters only where that is parameters', () => {
    const costs = { kvGroup: 5, ffnNeuron: 3, other: 1000 };
    const budget = (resource: Resource, atMost: number) =>
      planBudget(units, cut, { sparsity: 0, target: { resource, atMost, costs } });
    const left = 2 * 5 + 4 * 3;
    expect(budget('flops', 1030)).toMatchObject({
      removedParameters: 120,
      resourceUse: 1000 + left,
      targetRemovedParameters: 0,
    });
    const whole = units.shape.layers.reduce(
      (sum, { kvGroups, ffnNeurons }) => sum + kvGroups * costs.kvGroup + ffnNeurons * costs.ffnNeuron,
      costs.other,
    );
    expect(budget('parameters', 1030).targetRemovedParameters).toBe(whole - 1030);
  });
});

describe('planDigest', () => {
  it('depends on the model and on every unit', () => {
    const other = cut.slice();
    other[0] = 1;
    const digests = [planDigest('a', units, cut), planDigest('b', units, cut), planDigest('a', units, other)];
    const withHeads = new UnitTable(withQueryHeads(units.shape));
    const sameCut = emptySet(withHeads);
    sameCut.set(cut);
    expect(planDigest('a', withHeads, sameCut)).toBe(digests[0]);
    sameCut[withHeads.module(0, 'queryHead').start] = 1;
    digests.push(planDigest('a', withHeads, sameCut));
    expect(new Set(digests).size).toBe(4);
    expect(planDigest('a', units, cut.slice())).toBe(digests[0]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
