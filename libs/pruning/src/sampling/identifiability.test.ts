import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { fixedQuotaMasks, fixedQuotaPools } from './fixed-quota-masks.ts';
import { identifiedDirections } from './identified-directions.ts';
import { randomQuotaMask } from './random-quota-mask.ts';
import { randomQuotas } from './random-quotas.ts';

const units = new UnitTable({
  hiddenSize: 96,
  headDim: 16,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 6 }, () => ({ kvGroups: 6, ffnNeurons: 250 })),
});
const random = seededRandom(3);
const prior = Float64Array.from({ length: units.count }, () => random.next());

describe('between-module identifiability (80 masks, 12 modules)', () => {
  it('is lost with the published fixed quotas: one direction at most', () => {
    const pools = fixedQuotaPools(units, emptySet(units), prior, 0.15);
    expect(identifiedDirections(units, fixedQuotaMasks(units, pools, prior, 80, 1, 0))).toBe(1);
  });

  it('is complete with random quotas', () => {
    const pool = [...prior.keys()];
    const masks = Array.from({ length: 80 }, (_, i) =>
      randomQuotaMask(units, pool, 0.05 * units.totalCost, seededRandom(1, i), undefined, randomQuotas),
    );
    expect(identifiedDirections(units, masks)).toBe(units.modules.length);
  });
});

describe('fixed quotas', () => {
  it('come in complements within the pool', () => {
    const pools = fixedQuotaPools(units, emptySet(units), prior, 0.1);
    const [mask, complement] = fixedQuotaMasks(units, pools, prior, 2, 1, 0);
    const inPool = emptySet(units);
    for (const { ids } of pools) for (const id of ids) inPool[id] = 1;
    expect(mask!.map((member, id) => member + complement![id]!)).toEqual(inPool);
  });
});
