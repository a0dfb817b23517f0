import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '@bonsai/pruning';
import { allocationMarkdown, allocationRow, correlation, moduleEstimates } from './allocation-table.ts';

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
  const importance = Float64Array.of(3, 5, 1, 2, 0, 0, 9, 9, 1, 1, 1, 1);
  const masks = [maskOf(0, 2, 3, 8), maskOf(1, 2, 9, 10), maskOf(0, 1, 3)];

  it('is estimated from the units that were removed, for the module as a whole', () => {
    expect(moduleEstimates(units, masks, importance)).toEqual([8, 6, undefined, 4]);
  });

  it('is compared with the truth over the modules that are estimated', () => {
    const row = allocationRow(
      'some',
      units,
      { masks, outcome: { importance, cut: maskOf(), rounds: [] } },
      [3, 2, 50, 1],
    );
    expect(row).toMatchObject({ masks: 3, estimatedModules: 3, kendallTau: 1, directions: 2 });
    expect(row.correlation).toBeCloseTo(1, 12);
    expect(allocationMarkdown([row], 4)).toContain('| some | 3 | 2 of 4 | 3 | 1.00 | 1.00 |');
  });
});

describe('correlation', () => {
  it('is that of Pearson', () => {
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(correlation([1, 2, 3], [3, 1, 2])).toBeCloseTo(-0.5, 12);
    expect(correlation([1, 1, 1], [1, 2, 3])).toBe(0);
  });
});
