import type { UnitTable } from '../units/unit-table.ts';

/** Lowest slope that is believed, relative to the typical one. */
const FLOOR = 0.05;

/**
 * slope * prior by unit id, with slopes raised to a small positive floor: to remove a unit hardly ever helps, and a slope
 * that noise made negative would turn the prior's order around and send the strongest units of a module first. Where no slope
 * is anything, since no mask has changed the loss, the prior's order is all that there is.
 */
export function importanceOf(units: UnitTable, prior: Float64Array, slopes: Float64Array): Float64Array {
  let weight = 0;
  let sum = 0;
  for (let id = 0; id < units.count; id++) {
    weight += prior[id] as number;
    sum += (prior[id] as number) * Math.abs(slopes[id] as number);
  }
  const floor = sum > 0 ? (FLOOR * sum) / weight : Number.EPSILON;
  return prior.map((value, id) => value * Math.max(floor, slopes[id] as number));
}
