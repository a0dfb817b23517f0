import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelShapes } from '../testing/random-shapes.ts';
import { cutFromKept, keptLayers, type KeptLayer } from './kept-layers.ts';
import { withQueryHeads } from './model-shape.ts';
import { costOf, emptySet } from './unit-set.ts';
import { UnitTable } from './unit-table.ts';

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

const empty = (layer: number): KeptLayer => ({ layer, kvGroups: [], queryHeads: [], ffnNeurons: [] });

describe('kept layers', () => {
  it('lists what every layer keeps, query heads by their group', () => {
    expect(keptLayers(units, cut)).toEqual([
      { layer: 0, kvGroups: [0, 2], queryHeads: [0, 1, 4, 5], ffnNeurons: [1, 2] },
      { layer: 1, kvGroups: [], queryHeads: [], ffnNeurons: [0, 1] },
    ]);
  });

  it('leaves out query heads that go without their group, and no others', () => {
    const withHeads = new UnitTable(withQueryHeads(units.shape));
    const dropped = emptySet(withHeads);
    dropped.set(cut);
    for (const head of [0, 5]) dropped[withHeads.module(0, 'queryHead').start + head] = 1;
    const layers = keptLayers(withHeads, dropped);
    expect(layers[0]).toEqual({ layer: 0, kvGroups: [0, 2], queryHeads: [1, 4], ffnNeurons: [1, 2] });
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
    ['a missing layer', [empty(0)]],
    ['layers out of order', [empty(1), empty(0)]],
    ['an index out of range', [{ ...empty(0), kvGroups: [3] }, empty(1)]],
    ['indices out of order', [{ ...empty(0), kvGroups: [1, 0] }, empty(1)]],
    ['a fraction', [{ ...empty(0), kvGroups: [0.5] }, empty(1)]],
  ])('refuses %s', (_, layers) => {
    expect(() => cutFromKept(units, layers)).toThrow(RangeError);
  });
});
