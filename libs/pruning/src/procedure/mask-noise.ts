import { median } from '@bonsai/support';
import type { RoundBudget } from '../selection/budget.ts';
import { addedCost, type UnitSet } from '../units/unit-set.ts';

/** Standard deviations of what a linear model cannot explain of the masks' responses, relative to each other. */
export type NoiseModel = (masks: readonly UnitSet[], responses: readonly number[]) => number[];

/** Smallest noise relative to that of the largest mask: a probe of one unit is no better than the text it is measured on. */
const FLOOR = 0.15;

/**
 * Responses beyond this many medians are taken as less and less exact: interactions grow with the damage. Not those of single units,
 * which nothing interacts with: a critical unit that is measured alone is an outlier, and no error.
 */
const OUTLIER = 3;

/**
 * Noise that grows with the root of the damage that is expected of a mask. Measured on single modules of a transformer over
 * windows, the variance was about proportional to the mean, from 0.001 to 0.3 nats.
 * @param expected damage of every unit alone, by unit id, on any scale
 */
export function damageNoise(expected: Float64Array): NoiseModel {
  return (masks, responses) => {
    const damages = masks.map((mask) => mask.reduce((sum, member, id) => sum + member * (expected[id] as number), 0));
    const greatest = damages.reduce((a, b) => Math.max(a, b), 0);
    const shares = damages.map((damage) => (greatest > 0 ? Math.max(FLOOR ** 2, damage / greatest) : 1));
    const doubts = outlierDoubts(masks, shares, responses);
    return shares.map((share, i) => Math.sqrt(share) * (doubts[i] as number));
  };
}

/** Noise that grows with what a mask costs beyond the cut, relative to the need. */
export function costNoise({ units, cut, need }: Pick<RoundBudget, 'units' | 'cut' | 'need'>): NoiseModel {
  return (masks, responses) => {
    const costs = masks.map((mask) => addedCost(units, cut, mask) / need);
    const doubts = outlierDoubts(masks, costs, responses);
    return costs.map((cost, i) => Math.max(FLOOR, cost) * (doubts[i] as number));
  };
}

/** How many times less exact each response is than one of typical size for its mask; at least 1. */
function outlierDoubts(masks: readonly UnitSet[], sizes: readonly number[], responses: readonly number[]): number[] {
  const relative = responses.map((response, i) => response / Math.max(sizes[i] as number, 1e-9));
  const typical = median(relative.map(Math.abs));
  return relative.map((response, i) =>
    typical > 0 && !isOneUnit(masks[i] as UnitSet) ? Math.max(1, response / (OUTLIER * typical)) : 1,
  );
}

const isOneUnit = (mask: UnitSet): boolean => mask.reduce((sum, member) => sum + member, 0) === 1;
