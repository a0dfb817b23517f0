import { describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet, union } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support/testing';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';

async function naiveLosses({ checkpoint, windows }: RandomModel, removed: UnitSet): Promise<number[]> {
  const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, removed, window)));
  return traces.map(({ nll }) => nll.reduce((sum, value) => sum + value, 0));
}

const FAMILIES: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ['grouped queries, own head', {}],
  ['multi-head attention, tied head', { kvHeads: 6, tiedHead: true }],
  ['one KV head, another rotary base', { kvHeads: 1, ropeTheta: 500_000 }],
  ['qwen2', { family: 'qwen2', kvHeads: 2, headDim: 6, hiddenSize: 37 }],
  ['qwen3', { family: 'qwen3', kvHeads: 2, headDim: 10, hiddenSize: 37 }],
  ['phi3', { family: 'phi3', headDim: 6 }],
  ['phi', { family: 'phi', headDim: 10, rotaryDim: 4, kvHeads: 6 }],
  ['phi with grouped queries', { family: 'phi', kvHeads: 2, headDim: 6, rotaryDim: 2, hiddenSize: 37 }],
  ['one layer, heads wider than the stream', { layerCount: 1, headDim: 10 }],
];

describe.each(FAMILIES)('evaluate, %s', (_, changes) => {
  it.each([1, 2])('agrees with a forward pass written from the definition (seed %i)', async (seed) => {
    const random = randomModel(seed, changes);
    const masks = [emptySet(random.units), random.randomSet(0.3), random.randomSet(0.8)];
    const model = await loadModel(createReferenceBackend(), random.checkpoint, emptySet(random.units));
    const losses = await lossesOf(model, random.windows, masks);
    for (const [m, mask] of masks.entries()) {
      expect(maxRelativeError(losses[m] ?? [], await naiveLosses(random, mask))).toBeLessThan(1e-5);
    }
  });

  it.each([3, 4])('of a cut model agrees with masking what is cut (seed %i)', async (seed) => {
    const random = randomModel(seed, changes);
    const cut = random.randomSet(0.4);
    const mask = random.randomSet(0.4);
    const model = await loadModel(createReferenceBackend(), random.checkpoint, cut);
    const [plain, masked] = await lossesOf(model, random.windows, [emptySet(random.units), mask]);
    expect(maxRelativeError(plain ?? [], await naiveLosses(random, cut))).toBeLessThan(1e-5);
    expect(maxRelativeError(masked ?? [], await naiveLosses(random, union(cut, mask)))).toBeLessThan(1e-5);
  });
});

describe('evaluate', () => {
  it('runs layers without attention, without FFN and without both', async () => {
    const random = randomModel(5);
    const cut = emptySet(random.units);
    const remove = (layer: number, kind: 'kvGroup' | 'ffnNeuron'): void => {
      const { start, count } = random.units.module(layer, kind);
      cut.fill(1, start, start + count);
    };
    remove(0, 'kvGroup');
    remove(1, 'ffnNeuron');
    remove(2, 'kvGroup');
    remove(2, 'ffnNeuron');
    const model = await loadModel(createReferenceBackend(), random.checkpoint, cut);
    const [losses] = await lossesOf(model, random.windows, [emptySet(random.units)]);
    expect(maxRelativeError(losses ?? [], await naiveLosses(random, cut))).toBeLessThan(1e-5);
  });

  it('does not change a bit with rows per chunk, order of masks or company of windows', async () => {
    const random = randomModel(6);
    const masks = Array.from({ length: 5 }, () => random.randomSet(0.3));
    const results: number[][][] = [];
    for (const rowsPerChunk of [1, 20, 77, 100_000]) {
      const backend = createReferenceBackend();
      const model = await loadModel(backend, random.checkpoint, emptySet(random.units), { rowsPerChunk });
      results.push(await lossesOf(model, random.windows, masks));
      const backwards = await lossesOf(model, [...random.windows].reverse(), [...masks].reverse());
      results.push(backwards.reverse().map((losses) => losses.reverse()));
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('returns a loss that is not finite as it is', async () => {
    const random = randomModel(8);
    const { checkpoint, units, windows } = random;
    const exploding = {
      ...checkpoint,
      readFloats: async (name: string) => {
        const values = await checkpoint.readFloats(name);
        return name === 'lm_head.weight' ? values.map((value) => value * 3e38) : values;
      },
    };
    const model = await loadModel(createReferenceBackend(), exploding, emptySet(units));
    const [losses] = await lossesOf(model, windows, [emptySet(units)]);
    expect(losses).toHaveLength(windows.length);
    expect(losses?.some((loss) => !Number.isFinite(loss))).toBe(true);
  });

  it('names masks in order and counts predicted tokens', async () => {
    const random = randomModel(7);
    const model = await loadModel(createReferenceBackend(), random.checkpoint, emptySet(random.units), {
      rowsPerChunk: 60,
    });
    const seen: number[] = [];
    for await (const { index, windows } of model.evaluate(random.windows, [0.1, 0.2, 0.3].map(random.randomSet))) {
      seen.push(index);
      expect(windows.map(({ tokenCount }) => tokenCount)).toEqual(random.windows.map(({ length }) => length - 1));
    }
    expect(seen).toEqual([0, 1, 2]);
  });
});
