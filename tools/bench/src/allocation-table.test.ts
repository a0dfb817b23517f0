import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '@bonsai/pruning';
import { allocationMarkdown, allocationOf, correlation, moduleEstimates } from './allocation-table.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 1,
  layers: [
    { kvGroups: 2, ffnNeurons: 4 },
    { kvGroups: 2, ffnNeurons: 4 },
  ],
});
// Ids: groups 0-1, neurons 2-5, groups 6-7, neurons 8-11.
const maskOf = (...ids: number[]): Uint8Array => Uint8Array.from({ length: 12 }, (_, id) => (ids.includes(id) ? 1 : 0));

describe('what masks tell about modules', () => {
  const importance = Float64Array.of(3, 5, 1, 2, 0, 0, 0, 0, 1, 1, 1, 1);
  const masks = [maskOf(0, 2, 3, 8), maskOf(1, 2, 9, 10), maskOf(0, 1, 3)];

  it('is the sum over units, where masks or a prior tell anything', () => {
    expect(moduleEstimates(units, masks, importance)).toEqual([8, 3, undefined, 4]);
    expect(moduleEstimates(units, [], importance)).toEqual([8, 3, undefined, 4]);
    expect(moduleEstimates(units, [maskOf(6)], importance)).toEqual([8, 3, 0, 4]);
  });

  it('is compared with the truth over the modules that are estimated', () => {
    const driven = { masks, outcome: { importance, cut: maskOf(), rounds: [] } };
    const allocation = allocationOf(units, driven, [4, 1.5, 50, 2]);
    expect(allocation).toMatchObject({ masks: 3, estimatedModules: 3, kendallTau: 1, directions: 2 });
    expect(allocation.correlation).toBeCloseTo(1, 12);
    const misleading = allocationOf(units, driven, [40, 2, 50, 1.5]);
    expect(misleading.correlation).toBeGreaterThan(0.9);
    const others = allocationOf(units, driven, [40, 2, 30, 1.5]);
    expect(others.correlationOfOthers).toBeCloseTo(-1, 12);
    expect(allocationMarkdown([{ variant: 'some', seeds: [allocation, misleading] }], 4)).toContain(
      '| some | 3 | 2 of 4 | 3 | 0.33 to 1.00 |',
    );
  });
});

describe('correlation', () => {
  it('is that of Pearson', () => {
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(correlation([1, 2, 3], [3, 1, 2])).toBeCloseTo(-0.5, 12);
    expect(correlation([1, 1, 1], [1, 2, 3])).toBe(0);
  });
});
