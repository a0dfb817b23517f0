import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '../units/unit-table.ts';
import { rankedAsListed } from './ranking.ts';

// A group costs 2 * 2 * 2 * 4 = 32, a neuron 12.
const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 2, ffnNeurons: 3 }],
});

describe('rankedAsListed', () => {
  it('takes every parameter for worth its place, behind those that earlier rounds removed', () => {
    expect(rankedAsListed(units, [3, 0, 4]).damage).toEqual(Float64Array.of(4 * 32, 0, 0, 3 * 12, 5 * 12));
  });
});
