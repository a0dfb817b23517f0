import { describe, expect, it } from '@jest/globals';
import { withQueryHeads } from './model-shape.ts';
import { removesEverything, unevenLayer } from './removals.ts';
import { emptySet, type UnitSet } from './unit-set.ts';
import { UnitTable } from './unit-table.ts';

const layer = { kvGroups: 2, ffnNeurons: 1 };
const shape = { hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 3, layers: [layer, layer] };
const units = new UnitTable(withQueryHeads(shape));

/** Without query heads of the second layer, of which group 0 has 0 to 2, and groups of it. */
function without(heads: readonly number[], groups: readonly number[] = []): UnitSet {
  const set = emptySet(units);
  for (const head of heads) set[units.module(1, 'queryHead').start + head] = 1;
  for (const group of groups) set[units.module(1, 'kvGroup').start + group] = 1;
  return set;
}

describe('unevenLayer', () => {
  it.each([
    [without([]), undefined],
    [without([1, 3]), undefined],
    [without([0, 1, 4, 5]), undefined],
    [without([1]), 1],
    [without([1, 3, 4]), 1],
    [without([1], [1]), undefined],
    [without([3, 4, 5], [1]), undefined],
    [without([0, 1, 2], [1]), 1],
    [without([0, 1, 2, 3, 4, 5]), 1],
  ])('of case %#', (removed, layerAtFault) => {
    expect(unevenLayer(units, removed)).toBe(layerAtFault);
  });
});

describe('removesEverything', () => {
  it('does not ask for query heads, which go with their groups', () => {
    const blocks = emptySet(units).fill(1, 0, units.module(0, 'queryHead').start);
    expect(removesEverything(units, blocks)).toBe(true);
    blocks[0] = 0;
    expect(removesEverything(units, blocks)).toBe(false);
    expect(removesEverything(units, emptySet(units).fill(1, units.module(0, 'queryHead').start))).toBe(false);
  });
});

describe('withQueryHeads', () => {
  it('makes no units of heads that are groups of their own', () => {
    const single = { ...shape, queryHeadsPerGroup: 1 };
    expect(new UnitTable(withQueryHeads(single)).count).toBe(6);
    expect(units.count).toBe(18);
  });
});
