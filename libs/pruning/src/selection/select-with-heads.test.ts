import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import fc from 'fast-check';
import { completeShapes } from '../testing/random-shapes.ts';
import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import { unevenLayer } from '../units/removals.ts';
import { costOf, emptySet, union } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { selectWithHeads } from './select-with-heads.ts';

const groupedShapes = completeShapes.filter(({ queryHeadsPerGroup }) => queryHeadsPerGroup > 1);
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('selectWithHeads', () => {
  it('takes what does the least damage per parameter, a row of heads among it', () => {
    const units = new UnitTable(
      withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [{ kvGroups: 2, ffnNeurons: 4 }] }),
    );
    // Groups cost 48, neurons 12, heads 16.
    const damage = Float64Array.of(10, 12, 0.1, 5, 6, 7, 9, 1, 1, 11);
    const budget = { units, cut: emptySet(units), needInAll: 44, need: 44, lastRound: true, atLeast: false };
    expect([...selectWithHeads(budget, { damage })]).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 1, 0]);
  });

  it('leaves every group equally many heads in two rounds, and misses the target by less than a neuron where those suffice', () => {
    fc.assert(
      fc.property(groupedShapes, share, fc.nat(999), fc.boolean(), (shape, wanted, seed, atLeast) => {
        const units = new UnitTable(withQueryHeads(shape));
        const random = seededRandom(seed);
        const target = Math.floor(wanted * units.totalCost);
        let cut = emptySet(units);
        for (const round of [0, 1]) {
          const damage = Float64Array.from(cut, () => random.next());
          const need = (target * (round + 1)) / 2 - costOf(units, cut);
          const budget = { units, cut, need, needInAll: target - costOf(units, cut), lastRound: round === 1, atLeast };
          const selected = selectWithHeads(budget, { damage });
          expect(selected.some((member, id) => member === 1 && cut[id] === 1)).toBe(false);
          expect(selected).toEqual(withoutHeadsOfGroups(units, selected));
          cut = union(cut, selected);
          expect(unevenLayer(units, cut)).toBeUndefined();
        }
        const gap = target - costOf(units, cut);
        const grain = missable(units);
        expect(gap).toBeLessThan(atLeast ? 1 : grain);
        expect(gap).toBeGreaterThan(atLeast ? -grain : -1);
      }),
      { numRuns: 300 },
    );
  });
});

/** A neuron, where those that are there make up the dearest step of attention; else that step. */
function missable({ shape, blocks }: UnitTable): number {
  const neurons = blocks.filter(({ kind }) => kind === 'ffnNeuron');
  const neuron = neurons[0]!.unitCost;
  const row = 2 * shape.headDim * shape.hiddenSize * Math.max(...shape.layers.map(({ kvGroups }) => kvGroups));
  const dearest = Math.max(row, ...blocks.map(({ unitCost }) => unitCost));
  const all = neurons.reduce((sum, { count }) => sum + count * neuron, 0);
  return all >= 2 * dearest ? Math.max(neuron, 1) : dearest;
}
