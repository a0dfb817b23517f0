import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelShapes } from '../testing/random-shapes.ts';
import { costOf, countIn, emptySet, keptIndices, union } from './unit-set.ts';
import { UnitTable, hasUnit } from './unit-table.ts';

const units = new UnitTable({
  hiddenSize: 10,
  headDim: 3,
  queryHeadsPerGroup: 4,
  layers: [
    { kvGroups: 2, ffnNeurons: 3 },
    { kvGroups: 0, ffnNeurons: 2 },
  ],
});

describe('UnitTable', () => {
  it('counts what really leaves with a KV group: its key and value head and all query heads that read them', () => {
    // q and o: 4 heads of 3 x 10 each; k and v: one head of 3 x 10 each.
    expect(units.module(0, 'kvGroup').unitCost).toBe(2 * 4 * 30 + 2 * 30);
    expect(units.module(0, 'ffnNeuron').unitCost).toBe(30);
    expect(units.totalCost).toBe(2 * 300 + 5 * 30);
  });

  it('finds every unit by its id, past empty modules', () => {
    expect(units.moduleOf(1)).toBe(units.module(0, 'kvGroup'));
    expect(units.moduleOf(5)).toBe(units.module(1, 'ffnNeuron'));
    expect(() => units.moduleOf(7)).toThrow(RangeError);
    expect(() => units.module(2, 'kvGroup')).toThrow(RangeError);
  });

  it('numbers the units of any shape without gaps', () => {
    fc.assert(
      fc.property(modelShapes, (shape) => {
        const table = new UnitTable(shape);
        const total = Array.from({ length: table.count }, (_, id) => table.cost(id)).reduce((a, b) => a + b, 0);
        expect(total).toBe(table.totalCost);
        for (let id = 0; id < table.count; id++) {
          const { layer, kind } = table.moduleOf(id);
          expect(hasUnit(table.module(layer, kind), id)).toBe(true);
        }
      }),
    );
  });
});

describe('unit sets', () => {
  it('are united, counted and priced', () => {
    const [a, b] = [emptySet(units), emptySet(units)];
    a[0] = 1;
    b[0] = 1;
    b[3] = 1;
    expect(costOf(units, union(a, b))).toBe(330);
    expect(countIn(units.module(0, 'ffnNeuron'), b)).toBe(1);
    expect(keptIndices(units.module(0, 'ffnNeuron'), b)).toEqual([0, 2]);
  });
});
