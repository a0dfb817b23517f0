import { describe, expect, it } from '@jest/globals';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { costNoise, damageNoise } from './mask-noise.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 0, ffnNeurons: 40 }],
});
const NEED = 10 * 12;

function maskOf(count: number): UnitSet {
  return emptySet(units).map((_, id) => (id < count ? 1 : 0));
}

describe('costNoise', () => {
  const noise = costNoise({ units, cut: emptySet(units), need: NEED });

  it('trusts small masks more, down to a floor', () => {
    expect(noise([maskOf(10), maskOf(5), maskOf(1)], [0.5, 0.25, 0.05])).toEqual([1, 0.5, 0.15]);
  });

  it('trusts outliers less', () => {
    const masks = Array.from({ length: 5 }, () => maskOf(10));
    const noises = noise(masks, [0.5, 0.5, 0.5, 6, 12]);
    expect(noises[3]).toBeCloseTo(4, 12);
    expect(noises[4]).toBeCloseTo(8, 12);
  });
});

describe('damageNoise', () => {
  /** The last of ten units is expected to cost three times as much as all others together. */
  const expected = Float64Array.from({ length: 40 }, (_, id) => (id < 9 ? 1 : id === 9 ? 27 : 0));
  const noise = damageNoise(expected);

  it('grows with the root of the expected damage, down to a floor', () => {
    expect(noise([maskOf(10), maskOf(9), maskOf(0)], [4, 1, 0])).toEqual([1, 0.5, 0.15]);
  });

  it('trusts responses less that are far beyond what is typical for the expected damage', () => {
    const noises = noise([maskOf(10), maskOf(9), maskOf(9), maskOf(9)], [4, 1, 1, 6]);
    expect(noises).toEqual([1, 0.5, 0.5, 1]);
  });

  it('trusts what a single unit does, however far beyond what is typical', () => {
    const alone = emptySet(units);
    alone[12] = 1;
    const noises = noise([maskOf(10), maskOf(9), maskOf(9), alone], [4, 1, 1, 6]);
    expect(noises).toEqual([1, 0.5, 0.5, 0.15]);
  });

  it('takes masks of which nothing is expected as equals', () => {
    expect(damageNoise(new Float64Array(40))([maskOf(3), maskOf(9)], [1, 1])).toEqual([1, 1]);
  });
});
