import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import fc from 'fast-check';
import type { RoundBudget } from './budget.ts';
import { hasAllowedWidths, keptWidths } from '../testing/allowed-widths.ts';
import { completeShapes, modelShapes, sharesUpTo } from '../testing/random-shapes.ts';
import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import { unevenLayer } from '../units/removals.ts';
import { costOf, emptySet, union, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { selectByWidths } from './select-by-widths.ts';
import { FREE_WIDTHS, type WidthConstraints } from '../contract/width-constraints.ts';
import { stepCost, widthLadders } from './width-ladder.ts';

const constraintsOfSmallModels: fc.Arbitrary<WidthConstraints> = fc.record({
  layout: fc.constantFrom('perLayer', 'uniform'),
  ffnAlignment: fc.integer({ min: 1, max: 8 }),
  minKvGroups: fc.integer({ min: 0, max: 2 }),
  minFfnNeurons: fc.integer({ min: 0, max: 6 }),
});

function isPossible(units: UnitTable, constraints: WidthConstraints): boolean {
  const whole = units.modules.every(({ count }) => count > 0);
  const ladders = widthLadders(units, constraints);
  return (whole || constraints.layout === 'perLayer') && ladders.every(({ widest, narrowest }) => widest >= narrowest);
}

/** Energies of trained units span orders of magnitude. */
function randomDamage(units: UnitTable, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: units.count }, () => Math.exp(3 * random.next()));
}

const sumOver = (set: UnitSet, values: Float64Array): number =>
  set.reduce((sum, member, id) => sum + member * (values[id] as number), 0);

const onlyRound = (units: UnitTable, need: number, atLeast = false): RoundBudget => ({
  units,
  cut: emptySet(units),
  need,
  needInAll: need,
  lastRound: true,
  atLeast,
});

describe('selectByWidths', () => {
  it('keeps widths allowed in every round, within the budget, to the last step that fits', () => {
    fc.assert(
      fc.property(
        modelShapes,
        constraintsOfSmallModels,
        fc.nat(1000),
        fc.array(sharesUpTo(1), { minLength: 1, maxLength: 3 }),
        (shape, constraints, seed, shares) => {
          const units = new UnitTable(shape);
          fc.pre(isPossible(units, constraints));
          const ladders = widthLadders(units, constraints);
          let cut = emptySet(units);
          shares.sort((a, b) => a - b);
          for (const share of shares) {
            const need = share * units.totalCost - costOf(units, cut);
            const needInAll = shares.at(-1)! * units.totalCost - costOf(units, cut);
            const damage = randomDamage(units, seed);
            const removed = selectByWidths(
              { units, cut, need, needInAll, lastRound: need === needInAll, atLeast: false },
              { damage },
              constraints,
            );
            expect(removed.some((member, id) => member === 1 && cut[id] === 1)).toBe(false);
            cut = union(cut, removed);
            expect(hasAllowedWidths(units, cut, constraints)).toBe(true);
            const gap = need - costOf(units, removed);
            // Only what no allowed width has room for may go beyond the budget.
            if (gap < 0 && removed.includes(1)) {
              const widest = ladders.map((ladder) => ladder.modules.map(() => ladder.widest)).flat();
              expect([...keptWidths(units, cut, 'kvGroup'), ...keptWidths(units, cut, 'ffnNeuron')]).toEqual(widest);
            }
            for (const ladder of ladders) {
              const [first] = ladder.modules;
              const width = keptWidths(units, cut, ladder.kind)[
                units.modules.filter(({ kind, count }) => kind === ladder.kind && count > 0).indexOf(first!)
              ];
              if (width! > ladder.narrowest && need === needInAll) expect(stepCost(ladder)).toBeGreaterThan(gap - 1e-6);
            }
          }
        },
      ),
    );
  });

  it('finds the least total damage, as trying every set of units does', () => {
    const layers = fc.array(
      fc.record({ kvGroups: fc.integer({ min: 1, max: 2 }), ffnNeurons: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 1, maxLength: 2 },
    );
    const tiny = fc.record({
      hiddenSize: fc.constant(2),
      headDim: fc.integer({ min: 1, max: 2 }),
      queryHeadsPerGroup: fc.constant(1),
      layers,
    });
    const constraints = fc.record({
      layout: fc.constantFrom<WidthConstraints['layout']>('perLayer', 'uniform'),
      ffnAlignment: fc.integer({ min: 1, max: 3 }),
      minKvGroups: fc.integer({ min: 0, max: 1 }),
      minFfnNeurons: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(
        tiny,
        constraints,
        fc.nat(1000),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.boolean(),
        (shape, c, seed, share, atLeast) => {
          const units = new UnitTable(shape);
          fc.pre(isPossible(units, c));
          const damage = randomDamage(units, seed);
          const need = Math.round(share * units.totalCost);
          const chosen = selectByWidths(onlyRound(units, need, atLeast), { damage }, c);
          // Neither more than there is to remove nor less than has to go can be asked for.
          fc.pre(atLeast ? costOf(units, chosen) >= need : costOf(units, chosen) <= need);
          expect(sumOver(chosen, damage)).toBeCloseTo(leastDamageByTrying(units, damage, need, c, atLeast), 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('with free widths takes what is least damaging in sum', () => {
    const layer = { kvGroups: 1, ffnNeurons: 2 };
    // A group costs 2 * 2 * 1 * 3 = 12 parameters, a neuron 9.
    const units = new UnitTable({ hiddenSize: 3, headDim: 1, queryHeadsPerGroup: 1, layers: [layer, layer] });
    const damage = Float64Array.of(5, 1, 9, 4, 2, 3);
    expect([...selectByWidths(onlyRound(units, 21), { damage }, FREE_WIDTHS)]).toEqual([0, 1, 0, 0, 1, 0]);
    expect([...selectByWidths(onlyRound(units, 23), { damage }, { ...FREE_WIDTHS, minFfnNeurons: 2 })]).toEqual([
      0, 0, 0, 1, 0, 0,
    ]);
  });
});

describe('selectByWidths where query heads may go without their group', () => {
  const groupedShapes = completeShapes.filter(({ queryHeadsPerGroup }) => queryHeadsPerGroup > 1);
  const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

  it('takes what does the least damage, a row of heads among it', () => {
    const shape = { hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [{ kvGroups: 2, ffnNeurons: 4 }] };
    const units = new UnitTable(withQueryHeads(shape));
    // Groups cost 48, neurons 12, heads 16.
    const damage = Float64Array.of(10, 12, 0.1, 5, 6, 7, 9, 1, 1, 11);
    expect([...selectByWidths(onlyRound(units, 44), { damage }, FREE_WIDTHS)]).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 1, 0]);
  });

  it('leaves groups equally many heads in two rounds, and misses the target by less than a neuron where those suffice', () => {
    fc.assert(
      fc.property(groupedShapes, share, fc.nat(999), fc.boolean(), (shape, wanted, seed, atLeast) => {
        const units = new UnitTable(withQueryHeads(shape));
        const target = Math.floor(wanted * units.totalCost);
        const cut = inTwoRounds(units, target, FREE_WIDTHS, { seed, atLeast });
        const gap = target - costOf(units, cut);
        const grain = missable(units);
        expect(gap).toBeLessThan(atLeast ? 1 : grain);
        expect(gap).toBeGreaterThan(atLeast ? -grain : -1);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves allowed widths: with a uniform layout as many heads in every layer', () => {
    let withHeads = 0;
    fc.assert(
      fc.property(groupedShapes, constraintsOfSmallModels, share, fc.nat(999), (shape, constraints, wanted, seed) => {
        const units = new UnitTable(withQueryHeads(shape));
        fc.pre(isPossible(units, constraints));
        const target = Math.floor(wanted * units.totalCost);
        const cut = inTwoRounds(units, target, constraints, { seed, atLeast: false });
        expect(hasAllowedWidths(units, cut, constraints)).toBe(true);
        const whole = withoutHeadsOfGroups(units, cut);
        if (
          units.modules.some(
            ({ kind, start, count }) => kind === 'queryHead' && whole.subarray(start, start + count).includes(1),
          )
        )
          withHeads++;
      }),
      { numRuns: 200 },
    );
    expect(withHeads).toBeGreaterThan(20);
  });
});

/** Half of the target in each; checked on the way. */
function inTwoRounds(
  units: UnitTable,
  target: number,
  constraints: WidthConstraints,
  { seed, atLeast }: { seed: number; atLeast: boolean },
): UnitSet {
  let cut = emptySet(units);
  for (const round of [0, 1]) {
    // A head does less than its group.
    const damage = randomDamage(units, seed + round).map((value, id) =>
      units.moduleOf(id).kind === 'queryHead' ? value / 10 : value,
    );
    const need = (target * (round + 1)) / 2 - costOf(units, cut);
    const budget = { units, cut, need, needInAll: target - costOf(units, cut), lastRound: round === 1, atLeast };
    const selected = selectByWidths(budget, { damage }, constraints);
    expect(selected.some((member, id) => member === 1 && cut[id] === 1)).toBe(false);
    expect(selected).toEqual(withoutHeadsOfGroups(units, selected));
    cut = union(cut, selected);
    expect(unevenLayer(units, cut)).toBeUndefined();
  }
  return cut;
}

/** A neuron, where those that are there make up the dearest step of attention; else that step. */
function missable({ shape, blocks }: UnitTable): number {
  const neurons = blocks.filter(({ kind }) => kind === 'ffnNeuron');
  const neuron = neurons[0]!.unitCost;
  const row = 2 * shape.headDim * shape.hiddenSize * Math.max(...shape.layers.map(({ kvGroups }) => kvGroups));
  const dearest = Math.max(row, ...blocks.map(({ unitCost }) => unitCost));
  const all = neurons.reduce((sum, { count }) => sum + count * neuron, 0);
  return all >= 2 * dearest ? Math.max(neuron, 1) : dearest;
}

/** Over all sets of units with allowed widths that use up the budget from its side. */
function leastDamageByTrying(
  units: UnitTable,
  damage: Float64Array,
  need: number,
  constraints: WidthConstraints,
  atLeast: boolean,
): number {
  const gapOf = (set: UnitSet): number => (atLeast ? -1 : 1) * (need - costOf(units, set));
  const allowed: UnitSet[] = [];
  for (let bits = 0; bits < 2 ** units.count; bits++) {
    const set = emptySet(units).map((_, id) => (bits >> id) & 1);
    if (gapOf(set) >= 0 && hasAllowedWidths(units, set, constraints)) allowed.push(set);
  }
  const steps = widthLadders(units, constraints).filter(({ widest, narrowest }) => widest > narrowest);
  const costs = steps.map(stepCost);
  const gaps = allowed.map(gapOf);
  const possible = Math.min(...gaps);
  const largest = Math.min(possible + Math.min(...costs), ...costs.filter((cost) => cost > possible));
  const enough = allowed.filter((_, i) => gaps[i]! < largest);
  return Math.min(...enough.map((set) => sumOver(set, damage)));
}
