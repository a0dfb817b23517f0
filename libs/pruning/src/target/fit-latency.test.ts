import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normal, seededRandom } from '@bonsai/support';
import { fitLatency } from './fit-latency.ts';
import type { TimedWidths } from './fit-latency.ts';
import type { ResourceCosts } from '../contract/target.ts';

const widths = [18, 12, 6].flatMap((kvGroups) =>
  [3072, 2455, 1843, 1229].map((ffnNeurons) => ({ kvGroups, ffnNeurons })),
);

/** What a model of so many units takes by these costs. */
function latency({ kvGroup, ffnNeuron, other }: ResourceCosts, w: Omit<TimedWidths, 'time'>): number {
  return other + w.kvGroups * kvGroup + w.ffnNeurons * ffnNeuron;
}

/** The same with relative noise. */
function timed(costs: ResourceCosts, noise = 0, seed = 1): TimedWidths[] {
  const random = seededRandom(seed);
  return widths.map((w) => ({ ...w, time: latency(costs, w) * (1 + noise * normal(random)) }));
}

describe('fitLatency', () => {
  it('finds the costs of a table that follows from some, whatever their proportions', () => {
    const cost = fc.integer({ min: 1e3, max: 1e9 });
    fc.assert(
      fc.property(cost, cost, cost, (kvGroup, ffnNeuron, other) => {
        const { costs, worstError } = fitLatency(timed({ kvGroup, ffnNeuron, other: 100 * other }));
        expect(worstError).toBeLessThan(1e-6);
        expect(Math.abs(costs.ffnNeuron / ffnNeuron - 1)).toBeLessThan(2e-3);
      }),
    );
  });

  it('is off by less than the noise of what was measured (seeds 1 to 5)', () => {
    const truth = { kvGroup: 400_000_000, ffnNeuron: 4_000_000, other: 9_000_000_000 };
    for (const seed of [1, 2, 3, 4, 5]) {
      const { costs, meanError } = fitLatency(timed(truth, 0.02, seed));
      expect(meanError).toBeLessThan(0.02);
      for (const w of widths) {
        expect(Math.abs(latency(costs, w) / latency(truth, w) - 1)).toBeLessThan(0.04);
      }
    }
  });

  it('tells a group from its query heads where groups were timed without some', () => {
    const cost = fc.integer({ min: 1e3, max: 1e9 });
    fc.assert(
      fc.property(cost, cost, cost, fc.integer({ min: 2, max: 8 }), (ofGroup, queryHead, ffnNeuron, perGroup) => {
        const kvGroup = ofGroup + perGroup * queryHead;
        const costs = { kvGroup, queryHead, ffnNeuron, other: 1e9 };
        const rows = widths.flatMap(({ kvGroups, ffnNeurons }) =>
          [perGroup, perGroup - 1].map((left) => {
            const time = latency(costs, { kvGroups, ffnNeurons }) - kvGroups * (perGroup - left) * queryHead;
            return { kvGroups, queryHeads: kvGroups * left, ffnNeurons, time };
          }),
        );
        const fit = fitLatency(rows);
        expect(fit.worstError).toBeLessThan(1e-6);
        expect(fit.costs.kvGroup).toBeGreaterThan(perGroup * fit.costs.queryHead!);
        expect(Math.abs(fit.costs.kvGroup / kvGroup - 1)).toBeLessThan(2e-3);
        expect(Math.abs(fit.whole / latency(costs, widths[0]!) - 1)).toBeLessThan(1e-6);
      }),
    );
  });

  it('lets nothing make a model faster: what seems to, costs next to nothing', () => {
    const truth = { kvGroup: -5_000_000, ffnNeuron: 4_000_000, other: 9_000_000_000 };
    const { costs } = fitLatency(timed(truth));
    expect(costs).toMatchObject({ kvGroup: 1, other: expect.any(Number) });
    expect(costs.ffnNeuron / truth.ffnNeuron).toBeCloseTo(1, 1);
    const unmeasurable = fitLatency(timed({ kvGroup: 7, ffnNeuron: 3, other: -30 }));
    expect(unmeasurable.costs.other).toBe(0);
  });

  it('says how far it is off where time goes by tiles', () => {
    const byTiles = widths.map((w) => ({
      ...w,
      time: 1e9 + 1e6 * 256 * Math.ceil(w.ffnNeurons / 256) + 1e8 * w.kvGroups,
    }));
    const { meanError, worstError } = fitLatency(byTiles);
    expect(worstError).toBeGreaterThan(0.01);
    expect(meanError).toBeLessThan(worstError);
    expect(worstError).toBeLessThan(0.06);
  });

  it.each([
    [widths.slice(0, 2)],
    [widths.filter(({ kvGroups }) => kvGroups === 18)],
    [widths.map((w) => ({ ...w, queryHeads: 3 * w.kvGroups }))],
  ])('refuses widths that do not tell the kinds apart', (few) => {
    expect(() => fitLatency(few.map((w) => ({ ...w, time: 1e9 })))).toThrow(RangeError);
  });
});
