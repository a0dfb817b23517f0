import { describe, expect, it } from '@jest/globals';
import type { LayerStatistics, UnitStatistics } from '../contract/layer-statistics.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { defaultPrior, priorStatistics } from '../contract/method-traits.ts';
import { unitPrior } from './unit-prior.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 3,
  queryHeadsPerGroup: 2,
  layers: [
    { kvGroups: 1, ffnNeurons: 2 },
    { kvGroups: 1, ffnNeurons: 2 },
  ],
});
const none = emptySet(units);

function unitStatistics(...values: number[]): UnitStatistics {
  const times = (factor: number): Float64Array => Float64Array.from(values, (value) => factor * value);
  return {
    meanAbs: times(1),
    rmsTimesWeight: times(2),
    standardFluctuation: times(-1),
    outputEnergy: times(4),
    obsEnergy: times(5),
  };
}

const statistics: LayerStatistics[] = [
  {
    attentionResidualEnergy: 10,
    ffnResidualEnergy: 20,
    kvGroups: unitStatistics(1),
    ffnNeurons: unitStatistics(1, 3),
    similarity: undefined,
  },
  {
    attentionResidualEnergy: 100,
    ffnResidualEnergy: 200,
    kvGroups: unitStatistics(1),
    ffnNeurons: unitStatistics(1, 3),
    similarity: undefined,
  },
];

describe('unitPrior', () => {
  it('divides energies by the residual stream of their own layer and block, and by nothing else', () => {
    expect([...unitPrior('energy', units, statistics, none, 0)]).toEqual([0.4, 0.2, 0.6, 0.04, 0.02, 0.06]);
    expect([...unitPrior('obs', units, statistics, none, 0)]).toEqual([0.5, 0.25, 0.75, 0.05, 0.025, 0.075]);
  });

  it('sums scores per column over the six columns of a group', () => {
    expect([...unitPrior('magnitude', units, statistics, none, 0)]).toEqual([6, 1, 3, 6, 1, 3]);
    expect([...unitPrior('wanda', units, statistics, none, 0)]).toEqual([12, 2, 6, 12, 2, 6]);
  });

  it('shifts the standard fluctuation to be positive, per parameter, over units that are left', () => {
    const prior = unitPrior('fluctuation', units, statistics, none, 0);
    expect([...prior].map((value, id) => value / units.cost(id))).toEqual([3, 3, 1, 3, 3, 1]);
    const cut = emptySet(units);
    cut[1] = 1;
    expect([...unitPrior('fluctuation', units, statistics, cut, 0)].slice(1, 3)).toEqual([0, units.cost(2)]);
  });

  it('is worth nothing for units that are cut and where a layer is silent', () => {
    const cut = emptySet(units);
    cut[0] = 1;
    expect(unitPrior('energy', units, statistics, cut, 0)[0]).toBe(0);
    const silent = statistics.map((layer) => ({ ...layer, ffnResidualEnergy: 0, ffnNeurons: unitStatistics(0, 0) }));
    expect([...unitPrior('energy', units, silent, none, 0)].slice(1, 3)).toEqual([0, 0]);
  });

  it.each([
    ['energy', 'outputEnergy', Infinity],
    ['obs', 'obsEnergy', NaN],
    ['obs', 'obsEnergy', -Infinity],
    ['magnitude', 'meanAbs', NaN],
  ] as const)('refuses a worth by %s of %s %d, which would be the first to go', (kind, statistic, value) => {
    const broken = statistics.map((layer) => ({
      ...layer,
      ffnNeurons: { ...layer.ffnNeurons, [statistic]: Float64Array.of(1, value) },
    }));
    expect(() => unitPrior(kind, units, broken, none, 0)).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'TENSOR_NOT_FINITE' }),
    );
    const cut = emptySet(units).map((_, id) => Number(id === 2 || id === 5));
    expect(() => unitPrior(kind, units, broken, cut, 0)).not.toThrow();
  });

  it('needs no statistics for the random control, which the seed fixes', () => {
    const random = unitPrior('random', units, [], none, 5);
    expect(unitPrior('random', units, [], none, 5)).toEqual(random);
    expect(unitPrior('random', units, [], none, 6)).not.toEqual(random);
  });

  it('says which statistics it needs', () => {
    expect(priorStatistics('obs')).toEqual(['obs']);
    expect(priorStatistics('wanda')).toEqual(['activation']);
    expect(priorStatistics('random')).toEqual([]);
    expect(defaultPrior('paper')).toBe('wanda');
  });

  it('refuses statistics that lack what it needs', () => {
    expect(() => unitPrior('energy', units, statistics.slice(1), none, 0)).toThrow(RangeError);
    const bare = statistics.map((layer) => ({ ...layer, kvGroups: { ...layer.kvGroups, obsEnergy: undefined } }));
    expect(() => unitPrior('obs', units, bare, none, 0)).toThrow(RangeError);
  });
});
