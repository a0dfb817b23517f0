import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelShapes } from '../testing/random-shapes.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { cutFromKept, keptLayers } from './kept-units.ts';
import type { Resource } from '../target/target.ts';
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

describe('kept units', () => {
  it('lists what every layer keeps, query heads by their group', () => {
    expect(keptLayers(units, cut)).toEqual([
      { kvGroups: [0, 2], queryHeads: [0, 1, 4, 5], ffnNeurons: [1, 2] },
      { kvGroups: [], queryHeads: [], ffnNeurons: [0, 1] },
    ]);
  });

  it('round-trips any cut', () => {
    fc.assert(
      fc.property(modelShapes, fc.infiniteStream(fc.nat(1)), (shape, bits) => {
        const table = new UnitTable(shape);
        const any = emptySet(table);
        for (let id = 0; id < any.length; id++) any[id] = Number(bits.next().value);
        expect(cutFromKept(table, keptLayers(table, any))).toEqual(any);
      }),
    );
  });

  it.each([
    ['a missing layer', [{ kvGroups: [], ffnNeurons: [] }]],
    [
      'an index out of range',
      [
        { kvGroups: [3], ffnNeurons: [] },
        { kvGroups: [], ffnNeurons: [] },
      ],
    ],
    [
      'indices out of order',
      [
        { kvGroups: [1, 0], ffnNeurons: [] },
        { kvGroups: [], ffnNeurons: [] },
      ],
    ],
    [
      'a fraction',
      [
        { kvGroups: [0.5], ffnNeurons: [] },
        { kvGroups: [], ffnNeurons: [] },
      ],
    ],
  ])('refuses %s', (_, layers) => {
    expect(() => cutFromKept(units, layers)).toThrow(RangeError);
  });
});

describe('planBudget', () => {
  it('counts parameters and units', () => {
    // Groups cost 48, neurons 12: 4 * 48 + 6 * 12 in all; two of each are cut.
    expect(planBudget(units, cut, { sparsity: 0.5 })).toEqual({
      prunableParameters: 264,
      targetRemovedParameters: 132,
      removedParameters: 120,
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
    const whole = units.modules.reduce((sum, { kind, count }) => sum + count * costs[kind], costs.other);
    expect(budget('parameters', 1030).targetRemovedParameters).toBe(whole - 1030);
  });
});

describe('planDigest', () => {
  it('depends on the model and on every unit', () => {
    const other = cut.slice();
    other[0] = 1;
    const digests = [planDigest('a', cut), planDigest('b', cut), planDigest('a', other)];
    expect(new Set(digests).size).toBe(3);
    expect(planDigest('a', cut.slice())).toBe(digests[0]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
