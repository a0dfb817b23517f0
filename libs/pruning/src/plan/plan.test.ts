import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelShapes } from '../testing/random-shapes.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import { costOf, emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { cutFromKept, keptLayers } from './kept-units.ts';
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

describe('kept units', () => {
  it('lists what every layer keeps, query heads by their group', () => {
    expect(keptLayers(units, cut)).toEqual([
      { kvGroups: [0, 2], queryHeads: [0, 1, 4, 5], ffnNeurons: [1, 2] },
      { kvGroups: [], queryHeads: [], ffnNeurons: [0, 1] },
    ]);
  });

  it('leaves out query heads that go without their group, and no others', () => {
    const withHeads = new UnitTable(withQueryHeads(units.shape));
    const dropped = emptySet(withHeads);
    dropped.set(cut);
    for (const head of [0, 5]) dropped[withHeads.module(0, 'queryHead').start + head] = 1;
    const layers = keptLayers(withHeads, dropped);
    expect(layers[0]).toEqual({ kvGroups: [0, 2], queryHeads: [1, 4], ffnNeurons: [1, 2] });
    expect(cutFromKept(withHeads, layers)).toEqual(dropped);
    expect(costOf(withHeads, dropped)).toBe(costOf(units, cut) + 2 * 2 * 2 * 4);
    // Those of the group that is gone are part of it.
    for (const head of [2, 3]) dropped[withHeads.module(0, 'queryHead').start + head] = 1;
    expect(keptLayers(withHeads, dropped)).toEqual(layers);
    expect(costOf(withHeads, dropped)).toBe(costOf(units, cut) + 2 * 2 * 2 * 4);
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
    ['a missing layer', [{ kvGroups: [], queryHeads: [], ffnNeurons: [] }]],
    [
      'an index out of range',
      [
        { kvGroups: [3], queryHeads: [], ffnNeurons: [] },
        { kvGroups: [], queryHeads: [], ffnNeurons: [] },
      ],
    ],
    [
      'indices out of order',
      [
        { kvGroups: [1, 0], queryHeads: [], ffnNeurons: [] },
        { kvGroups: [], queryHeads: [], ffnNeurons: [] },
      ],
    ],
    [
      'a fraction',
      [
        { kvGroups: [0.5], queryHeads: [], ffnNeurons: [] },
        { kvGroups: [], queryHeads: [], ffnNeurons: [] },
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
