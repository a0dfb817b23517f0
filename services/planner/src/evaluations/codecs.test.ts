import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { UnitStatistics } from '@bonsai/pruning';
import { decodeLosses, encodeLosses } from './losses-codec.ts';
import { decodeStatistics, encodeStatistics } from './statistics-codec.ts';

const losses = fc.array(fc.record({ nllSum: fc.double(), tokenCount: fc.nat() }));
const compared = fc.array(fc.record({ nllSum: fc.double(), tokenCount: fc.nat(), klSum: fc.double() }));

const units: fc.Arbitrary<UnitStatistics> = fc.nat({ max: 5 }).chain((count) => {
  const values = fc.array(fc.double(), { minLength: count, maxLength: count }).map((list) => Float64Array.from(list));
  return fc.record({
    meanAbs: values,
    rmsTimesWeight: values,
    standardFluctuation: values,
    outputEnergy: values,
    obsEnergy: fc.option(values, { nil: undefined }),
  });
});

const layers = fc.array(
  fc.record({
    attentionResidualEnergy: fc.double(),
    ffnResidualEnergy: fc.double(),
    kvGroups: units,
    ffnNeurons: units,
    queryHeads: fc.option(units, { nil: undefined }),
    similarity: fc.option(fc.double(), { nil: undefined }),
  }),
);

describe('stored evaluations', () => {
  it('give losses back bit for bit, not-a-number and negative zero included', () => {
    fc.assert(fc.property(losses, (value) => expect(decodeLosses(encodeLosses(value, 'nll'), 'nll')).toEqual(value)));
    fc.assert(fc.property(compared, (value) => expect(decodeLosses(encodeLosses(value, 'kl'), 'kl')).toEqual(value)));
  });

  it('give statistics back bit for bit', () => {
    fc.assert(fc.property(layers, (value) => expect(decodeStatistics(encodeStatistics(value))).toEqual(value)));
  });

  it('refuse a blob that was cut short', () => {
    const [value] = fc.sample(
      layers.filter((list) => list.length > 0),
      { numRuns: 1, seed: 4 },
    );
    const blob = encodeStatistics(value ?? []);
    expect(() => decodeStatistics(blob.subarray(0, blob.length - 8))).toThrow(RangeError);
  });
});
