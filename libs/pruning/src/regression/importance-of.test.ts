import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '../units/unit-table.ts';
import { importanceOf } from './importance-of.ts';

const units = new UnitTable({
  hiddenSize: 8,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 1, ffnNeurons: 3 }],
});
const prior = Float64Array.of(1, 2, 3, 4);

describe('importanceOf', () => {
  it('is slope times prior, no slope below a twentieth of the typical one', () => {
    // Weighted by prior the slopes are (2 + 2 + 9 + 2) / 10 in size; a twentieth of that is 0.075.
    const importance = importanceOf(units, prior, Float64Array.of(2, -1, 3, 0.5));
    for (const [id, expected] of [2, 0.15, 9, 2].entries()) expect(importance[id]).toBeCloseTo(expected, 12);
  });

  it('keeps the order of the prior, above 0, where all slopes are negative', () => {
    const importance = importanceOf(units, prior, Float64Array.of(-4, -3, -2, -1));
    for (const [id, expected] of [0.1, 0.2, 0.3, 0.4].entries()) expect(importance[id]).toBeCloseTo(expected, 12);
  });

  it('is 0 where the prior is', () => {
    expect(importanceOf(units, new Float64Array(4), Float64Array.of(1, -1, 1, -1))).toEqual(new Float64Array(4));
  });

  it('is next to nothing, in the order of the prior, where nothing has changed the loss', () => {
    const importance = importanceOf(units, prior, new Float64Array(4));
    expect(importance).toEqual(prior.map((value) => value * Number.EPSILON));
  });
});
