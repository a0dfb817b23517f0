import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import { SMALL_CONFIG } from '../testing/fake-checkpoint.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';
import { estimateMemory } from './estimate-memory.ts';
import { forwardFlops } from './forward-flops.ts';

const { checkpoint, units, windows, randomSet } = randomModel(1);
const empty = emptySet(units);

describe('estimateMemory', () => {
  it('foretells the packed weights, and what evaluation of a uniform model takes beside them within a tenth', async () => {
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, empty, { rowsPerChunk: 1000 });
    const { config } = checkpoint;
    const before = backend.memory.used;
    // Every subset of the three groups of the first layer: from there on no two masks share their rows.
    const masks = Array.from({ length: 8 }, (_, m) => empty.map((__, id) => (id < 3 ? (m >> id) & 1 : 0)));
    const short = windows.filter(({ length }) => length === 7);
    await lossesOf(model, short, masks);
    const estimate = estimateMemory({ config, cut: empty, rows: 8 * 3 * 7, precision: 'f32' });
    expect(estimate.weights).toBe(model.weightBytes);
    const taken = backend.memory.peak - before;
    expect(taken / estimate.activations).toBeGreaterThan(1);
    expect(taken / estimate.activations).toBeLessThan(1.1);
  });

  it('counts what a cut leaves', async () => {
    const cut = randomSet(0.4);
    const model = await loadModel(createReferenceBackend(), checkpoint, cut);
    const estimate = estimateMemory({ config: checkpoint.config, cut, rows: 1, precision: 'f32' });
    expect(estimate.weights).toBe(model.weightBytes);
  });

  it('halves the weights, not the activations, in f16', () => {
    const request = { config: SMALL_CONFIG, cut: empty, rows: 100 };
    const [single, half] = [
      estimateMemory({ ...request, precision: 'f32' }),
      estimateMemory({ ...request, precision: 'f16' }),
    ];
    expect(half).toEqual({ weights: single.weights / 2, activations: single.activations });
  });
});

describe('forwardFlops', () => {
  it('is two per weight and token, plus attention over half the window', () => {
    const head = 2 * SMALL_CONFIG.vocabSize * SMALL_CONFIG.hiddenSize;
    const attention = 3 * 4 * 24 * ((16 + 1) / 2);
    expect(forwardFlops(SMALL_CONFIG, empty, 16)).toBe(2 * units.totalCost + head + attention);
    expect(forwardFlops(SMALL_CONFIG, emptySet(units).fill(1), 16)).toBe(head);
  });
});
