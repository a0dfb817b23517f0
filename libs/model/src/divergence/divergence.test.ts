import { describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet, union } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { lossesOf, randomModel, windowLosses } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';
import { expectedPredictionBytes, predictionBytes } from './predictions.ts';

const MODELS: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ['a vocabulary below the number of top tokens', {}],
  ['a larger vocabulary', { vocabSize: 211 }],
  ['a larger vocabulary, tied head', { vocabSize: 97, tiedHead: true }],
];

interface NaiveDivergence {
  readonly whole: number;
  readonly lumped: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Over the whole vocabulary, and with all but the 64 most likely tokens as one event. */
function naiveDivergence(p: Float64Array, q: Float64Array): NaiveDivergence {
  const part = (a: number, b: number): number => a * Math.log(a / b);
  const whole = sum(Array.from(p, (value, token) => part(value, q[token] ?? NaN)));
  const order = [...p.keys()].sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0));
  const restOf = (values: Float64Array): number => sum(order.slice(64).map((token) => values[token] ?? NaN));
  const top = sum(order.slice(0, 64).map((token) => part(p[token] ?? NaN, q[token] ?? NaN)));
  return { whole, lumped: order.length <= 64 ? top : top + part(restOf(p), restOf(q)) };
}

/** Per window, over its predicted tokens. */
async function naiveSums({ checkpoint, units, windows }: RandomModel, removed: UnitSet): Promise<NaiveDivergence[]> {
  return Promise.all(
    windows.map(async (window) => {
      const p = (await naiveForward(checkpoint, emptySet(units), window)).probabilities.slice(0, -1);
      const q = (await naiveForward(checkpoint, removed, window)).probabilities;
      const rows = p.map((row, t) => naiveDivergence(row, q[t]!));
      return { whole: sum(rows.map(({ whole }) => whole)), lumped: sum(rows.map(({ lumped }) => lumped)) };
    }),
  );
}

describe.each(MODELS)('divergence from the whole model, %s', (_, changes) => {
  it.each([1, 2])(
    'agrees with distributions written from the definition, of masks and cuts (seed %i)',
    async (seed) => {
      const random = randomModel(seed, changes);
      const { checkpoint, units, windows, randomSet } = random;
      const cut = randomSet(0.3);
      const masks = [emptySet(units), randomSet(0.2), randomSet(0.8)];
      const backend = createReferenceBackend();
      const whole = await loadModel(backend, checkpoint, emptySet(units));
      const pruned = await loadModel(backend, checkpoint, cut);
      const predictions = await whole.predict(windows);
      const expectedBytes = windows.map(({ length }) => expectedPredictionBytes(checkpoint.config.vocabSize, length));
      expect(predictions.map(predictionBytes)).toEqual(expectedBytes);
      for (const [model, removed] of [
        [whole, masks],
        [pruned, masks.map((mask) => union(mask, cut))],
      ] as const) {
        const losses = await windowLosses(model, windows, masks, predictions);
        for (const [m, mask] of removed.entries()) {
          const expected = await naiveSums(random, mask);
          for (const [w, { klSum, tokenCount }] of (losses[m] ?? []).entries()) {
            const { whole: bound, lumped } = expected[w] ?? { whole: NaN, lumped: NaN };
            expect(Math.abs((klSum ?? NaN) - lumped)).toBeLessThan(2e-6 * tokenCount + 1e-5 * lumped);
            expect(klSum).toBeLessThanOrEqual(bound + 2e-6 * tokenCount);
          }
        }
      }
    },
  );

  it('is exactly 0 for a mask of nothing, and leaves the NLL as it is', async () => {
    const { checkpoint, units, windows, randomSet } = randomModel(4, changes);
    const model = await loadModel(createReferenceBackend(), checkpoint, emptySet(units));
    const masks = [emptySet(units), randomSet(0.3)];
    const losses = await windowLosses(model, windows, masks, await model.predict(windows));
    expect(losses[0]?.map(({ klSum }) => klSum)).toEqual(windows.map(() => 0));
    expect(losses[1]?.every(({ klSum = 0 }) => klSum > 0)).toBe(true);
    expect(losses.map((mask) => mask.map(({ nllSum }) => nllSum))).toEqual(await lossesOf(model, windows, masks));
  });
});

describe('divergence from the whole model', () => {
  it('does not change a bit with rows per chunk, a memory budget, order of masks or company of windows', async () => {
    const { checkpoint, units, windows, randomSet } = randomModel(6, { vocabSize: 131 });
    const masks = Array.from({ length: 5 }, () => randomSet(0.3));
    const results: unknown[] = [];
    for (const [rowsPerChunk, maxMatrixElements] of [
      [1, 16 * 131],
      [20, 2000],
      [77, 2 ** 20],
      [100_000, 2 ** 20],
    ] as const) {
      const backend = createReferenceBackend({ maxMatrixElements });
      const model = await loadModel(backend, checkpoint, emptySet(units), { rowsPerChunk });
      const predictions = await model.predict(windows);
      results.push([predictions, await windowLosses(model, windows, masks, predictions)]);
      const backwards = await model.predict([...windows].reverse());
      const losses = await windowLosses(model, [...windows].reverse(), [...masks].reverse(), backwards);
      results.push([backwards.reverse(), losses.reverse().map((mask) => [...mask].reverse())]);
      model.release();
      expect(backend.memory.used).toBe(0);
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('is not finite where the masked model is not', async () => {
    const { checkpoint, units, windows } = randomModel(8);
    const model = await loadModel(createReferenceBackend(), checkpoint, emptySet(units));
    const predictions = await model.predict(windows);
    const broken = predictions.map((prediction) => ({ ...prediction, logits: prediction.logits.map(() => NaN) }));
    const [losses] = await windowLosses(model, windows, [emptySet(units)], broken);
    expect(losses?.map(({ klSum }) => klSum)).toEqual(windows.map(() => NaN));
  });
});
