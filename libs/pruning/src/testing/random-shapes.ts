import fc from 'fast-check';
import type { ModelShape } from '../units/model-shape.ts';
import { UnitTable } from '../units/unit-table.ts';

/** Small models of all proportions: grouped queries or not, units of either kind the dearer one, layers without one kind. */
export const modelShapes: fc.Arbitrary<ModelShape> = fc
  .record({
    hiddenSize: fc.integer({ min: 1, max: 64 }),
    headDim: fc.integer({ min: 1, max: 16 }),
    queryHeadsPerGroup: fc.integer({ min: 1, max: 4 }),
    layers: fc.array(
      fc.record({ kvGroups: fc.integer({ min: 0, max: 6 }), ffnNeurons: fc.integer({ min: 0, max: 40 }) }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .filter((shape) => shape.layers.some(({ kvGroups, ffnNeurons }) => kvGroups + ffnNeurons > 0));

/** Small models in which every layer has both kinds, and neurons enough to align. */
export const completeShapes: fc.Arbitrary<ModelShape> = fc.record({
  hiddenSize: fc.integer({ min: 2, max: 32 }),
  headDim: fc.integer({ min: 1, max: 8 }),
  queryHeadsPerGroup: fc.integer({ min: 1, max: 4 }),
  layers: fc.array(
    fc.record({ kvGroups: fc.integer({ min: 1, max: 5 }), ffnNeurons: fc.integer({ min: 8, max: 40 }) }),
    { minLength: 1, maxLength: 4 },
  ),
});

/**
 * How far a budget may be missed: less than one of the cheapest units, provided that there are enough of them to make up
 * a dearer one; else less than one of the dearest.
 */
export function grainOf(units: UnitTable): number {
  const present = units.modules.filter(({ count }) => count > 0);
  const cheapest = Math.min(...present.map(({ unitCost }) => unitCost));
  const dearest = Math.max(...present.map(({ unitCost }) => unitCost));
  const cheap = present.filter(({ unitCost }) => unitCost === cheapest).reduce((sum, { count }) => sum + count, 0);
  return cheap * cheapest >= dearest ? cheapest : dearest;
}

/** Shares from 0 to `most`, in thousandths: doubles in a range are drawn by their bits, so that from 0 on nearly all are next to nothing. */
export function sharesUpTo(most: number): fc.Arbitrary<number> {
  return fc.nat(1000 * most).map((thousandths) => thousandths / 1000);
}
