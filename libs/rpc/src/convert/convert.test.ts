import { describe, expect, it } from '@jest/globals';
import { UnitTable, emptySet } from '@bonsai/pruning';
import type { LayerStatistics, ModelShape } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import fc from 'fast-check';
import { UnitSet as UnitSetMessage } from '../gen/bonsai/v1/plan.ts';
import { CollectStatisticsResponse, EvaluateMasksResponse, MaskChunk, WindowChunk } from '../gen/bonsai/v1/scoring.ts';
import type { WindowScore } from '../gen/bonsai/v1/scoring.ts';
import { chunks } from './chunks.ts';
import { packLayerStatistics, unpackLayerStatistics } from './layer-statistics.ts';
import { MAX_MASK_WINDOWS } from './mask-windows.ts';
import { packModelShape, unpackModelShape } from './model-shape.ts';
import { packMasks, packUnitSet, unpackUnitSet } from './unit-sets.ts';
import { packWindows, unpackWindow } from './windows.ts';

const shape: ModelShape = {
  hiddenSize: 32,
  headDim: 8,
  queryHeadsPerGroup: 2,
  layers: [
    { kvGroups: 2, ffnNeurons: 21 },
    { kvGroups: 9, ffnNeurons: 16 },
  ],
};
const units = new UnitTable(shape);

const unitSets = fc.array(fc.boolean(), { minLength: units.count, maxLength: units.count });

describe('unit sets', () => {
  it('survive the wire bit by bit', () => {
    fc.assert(
      fc.property(unitSets, (members) => {
        const set = Uint8Array.from(members, Number);
        const bytes = UnitSetMessage.encode(packUnitSet(units, set)).finish();
        expect(unpackUnitSet(units, UnitSetMessage.decode(bytes), 'cut')).toEqual(set);
      }),
    );
  });

  it('put unit i at bit i % 8 of byte i / 8', () => {
    const set = emptySet(units);
    const { start } = units.module(0, 'ffnNeuron');
    for (const i of [0, 9, 20]) set[start + i] = 1;
    expect([...packUnitSet(units, set).layers[0]!.ffnNeurons]).toEqual([0b1, 0b10, 0b10000]);
  });

  it('are empty when absent, and a layer without bytes is an empty layer', () => {
    const empty = { kvGroups: Buffer.alloc(0), queryHeads: Buffer.alloc(0), ffnNeurons: Buffer.alloc(0) };
    expect(unpackUnitSet(units, undefined, 'cut')).toEqual(emptySet(units));
    expect(unpackUnitSet(units, { layers: [empty, empty] }, 'cut')).toEqual(emptySet(units));
  });

  it.each([
    ['too few layers', 'layers', (message: UnitSetMessage) => message.layers.pop()],
    ['a byte too many', 'layers[0].ffn_neurons', (message) => (message.layers[0]!.ffnNeurons = Buffer.alloc(4))],
    ['a byte too few', 'layers[1].kv_groups', (message) => (message.layers[1]!.kvGroups = Buffer.alloc(1))],
    ['a bit after the last unit', 'layers[0].kv_groups', (message) => (message.layers[0]!.kvGroups = Buffer.of(4))],
  ] satisfies [string, string, (message: UnitSetMessage) => unknown][])('are refused with %s', (_, field, spoil) => {
    const message = packUnitSet(units, emptySet(units));
    spoil(message);
    expect(() => unpackUnitSet(units, message, 'masks[7]')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'MASK_LENGTH', field: `masks[7].${field}` }),
    );
  });
});

describe('streams of chunks', () => {
  const limit = 4 * 2 ** 20;

  it('keep masks of any number in order, below the size of a message', () => {
    const wide = new UnitTable({
      ...shape,
      layers: Array.from({ length: 32 }, () => ({ kvGroups: 8, ffnNeurons: 14336 })),
    });
    const masks = Array.from({ length: 120 }, (_, i) => {
      const mask = emptySet(wide);
      mask[i] = 1;
      return mask;
    });
    const messages = [...packMasks(wide, masks)].map((chunk) => MaskChunk.encode(chunk).finish());
    expect(messages.length).toBeGreaterThan(1);
    expect(Math.max(...messages.map((bytes) => bytes.length))).toBeLessThan(limit / 4);
    const received = messages.flatMap((bytes) => MaskChunk.decode(bytes).masks);
    expect(received.map((message) => unpackUnitSet(wide, message, 'masks').indexOf(1))).toEqual(masks.map((_, i) => i));
  });

  it('keep windows of any number in order, below the size of a message (seed 5)', () => {
    const random = seededRandom(5);
    const windows = Array.from({ length: 300 }, () =>
      Uint32Array.from({ length: 1 + integerBelow(random, 4000) }, () => integerBelow(random, 2 ** 32)),
    );
    const messages = [...packWindows(windows)].map((chunk) => WindowChunk.encode(chunk).finish());
    expect(Math.max(...messages.map((bytes) => bytes.length))).toBeLessThan(limit / 4);
    expect(messages.flatMap((bytes) => WindowChunk.decode(bytes).windows).map(unpackWindow)).toEqual(windows);
  });

  it('give an item that is larger than a chunk a chunk of its own, and nothing no chunk', () => {
    expect([...chunks([1, 9, 2, 2, 2], (size) => size, 4)]).toEqual([[1], [9], [2, 2], [2]]);
    expect([...chunks([], () => 1)]).toEqual([]);
  });
});

describe('scores of a mask', () => {
  it.each([
    ['nll', { nllSum: Math.PI, tokenCount: 2 ** 32 - 1, klSum: undefined }],
    ['kl', { nllSum: Math.PI, tokenCount: 2 ** 32 - 1, klSum: Math.PI }],
  ] as const)('by %s fit one message even with the most windows and the longest numbers', (measurement, longest) => {
    const windows = new Array<WindowScore>(MAX_MASK_WINDOWS[measurement]).fill(longest);
    const answer = EvaluateMasksResponse.encode({ maskIndex: 2 ** 32 - 1, windows }).finish();
    expect(answer.length).toBeLessThan(4 * 2 ** 20);
  });
});

describe('shapes and statistics', () => {
  it('survive the wire', () => {
    const message = packModelShape(shape, { vocabSize: 100, contextLength: 64, otherParameters: 7 });
    expect(message).toMatchObject({ vocabSize: 100, contextLength: 64, otherParameters: 7 });
    expect(unpackModelShape(message, 'shape')).toEqual(shape);
    const costly = { ...shape, unitCosts: { kvGroup: 1234, ffnNeuron: 65 } };
    expect(
      unpackModelShape(packModelShape(costly, { vocabSize: 100, contextLength: 64, otherParameters: 7 }), 'shape'),
    ).toEqual(costly);
    expect(() => unpackModelShape(undefined, 'shape')).toThrow(expect.objectContaining({ field: 'shape' }));
  });

  it.each([false, true])('keep every statistic, with OBS and similarity: %p', (all) => {
    const statistics = statisticsOf(all);
    const bytes = CollectStatisticsResponse.encode(packLayerStatistics(0, statistics)).finish();
    const message = CollectStatisticsResponse.decode(bytes);
    expect(message.layer).toBe(0);
    expect(unpackLayerStatistics(message, shape)).toEqual(statistics);
  });

  it('have no query heads of their own where every group has one', () => {
    const { queryHeads, ...statistics } = statisticsOf(true);
    const single = { ...shape, queryHeadsPerGroup: 1 };
    expect(unpackLayerStatistics(packLayerStatistics(0, statistics), single)).toEqual(statistics);
    expect(() => unpackLayerStatistics(packLayerStatistics(0, { ...statistics, queryHeads }), single)).toThrow(
      /4 query heads/,
    );
  });

  it.each<[string, (message: CollectStatisticsResponse) => void, RegExp]>([
    ['of a layer that the model lacks', (message) => (message.layer = 2), /layer 2.*same version/],
    ['without units', (message) => (message.ffnNeurons = undefined), /0 FFN neurons.*layer 0.*21.*same version/],
    ['of an older scorer', (message) => (message.queryHeads = undefined), /0 query heads.*layer 0.*4.*same version/],
    ['with too few of one kind', (message) => message.kvGroups?.rmsTimesWeight.pop(), /1 KV groups.*2/],
    ['with too many of one kind', (message) => message.kvGroups?.meanAbs.push(1), /3 KV groups.*2/],
    ['with OBS of some units', (message) => message.ffnNeurons?.obsEnergy.pop(), /20 FFN neurons.*21/],
  ])('are refused %s', (_, change, message) => {
    const sent = packLayerStatistics(0, statisticsOf(true));
    change(sent);
    expect(() => unpackLayerStatistics(sent, shape)).toThrow(
      expect.objectContaining({ code: 'INTERNAL', message: expect.stringMatching(message) }),
    );
  });
});

/** Of the first layer of the shape; every number is another. */
function statisticsOf(all: boolean): LayerStatistics {
  let last = 0;
  const units = (count: number) => {
    const values = (): Float64Array => Float64Array.from({ length: count }, () => ++last / 8);
    return {
      meanAbs: values(),
      rmsTimesWeight: values(),
      standardFluctuation: values(),
      outputEnergy: values(),
      obsEnergy: all ? values() : undefined,
    };
  };
  return {
    attentionResidualEnergy: 0.25,
    ffnResidualEnergy: 0.5,
    kvGroups: units(2),
    queryHeads: units(4),
    ffnNeurons: units(21),
    similarity: all ? 0.75 : undefined,
  };
}
