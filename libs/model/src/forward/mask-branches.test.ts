import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptySet, keptLayers, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { branchMasks } from './mask-branches.ts';

const layer = { kvGroups: 2, ffnNeurons: 3 };
const units = new UnitTable({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 1, layers: [layer, layer] });
const whole = keptLayers(units, emptySet(units));

function without(...removed: number[]): UnitSet {
  return emptySet(units).map((_, id) => (removed.includes(id) ? 1 : 0));
}

describe('branchMasks', () => {
  it('divides a branch at the first block where its masks differ', () => {
    // Units 5 and 6 are the groups of layer 1, units 7 to 9 its neurons.
    const { layers, ends } = branchMasks(units, whole, [without(8), without(), without(5), without(8)]);
    const parents = layers.flatMap(({ attention, ffn }) => [[...attention.parents], [...ffn.parents]]);
    expect(parents).toEqual([[0], [0], [0, 0], [0, 0, 1]]);
    expect(layers[1]?.attention.kept.map((kept) => [...kept])).toEqual([[0, 1], [1]]);
    expect(layers[1]?.ffn.kept.map((kept) => [...kept])).toEqual([
      [0, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect([...ends]).toEqual([0, 1, 2, 0]);
  });

  it('does not see what is cut, and counts positions in what is left', () => {
    const cut = without(0, 3);
    const { layers, ends } = branchMasks(units, keptLayers(units, cut), [without(0, 4), without(3, 4), without()]);
    expect([...ends]).toEqual([0, 0, 1]);
    expect(layers[0]?.ffn.kept.map((kept) => [...kept])).toEqual([[0], [0, 1]]);
  });

  it('leads every mask through branches that keep exactly what it keeps', () => {
    const sets = fc.array(fc.uint8Array({ min: 0, max: 1, minLength: units.count, maxLength: units.count }));
    fc.assert(
      fc.property(sets, (masks) => {
        const { layers, ends } = branchMasks(units, whole, masks);
        const blocks = layers.flatMap(({ attention, ffn }) => [attention, ffn]);
        for (const [m, mask] of masks.entries()) {
          let branch = ends[m] as number;
          for (const [i, module] of [...units.blocks.entries()].reverse()) {
            const removed = [...mask.subarray(module.start, module.start + module.count)];
            const kept = removed.flatMap((member, unit) => (member === 0 ? [unit] : []));
            expect([...(blocks[i]?.kept[branch] ?? [])]).toEqual(kept);
            branch = blocks[i]?.parents[branch] ?? Number.NaN;
          }
          expect(branch).toBe(0);
        }
        expect(new Set(ends).size).toBe(new Set(masks.map(String)).size);
      }),
    );
  });
});
