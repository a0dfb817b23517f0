import { describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { loadModel } from '../load/load-model.ts';
import { SMALL_CONFIG } from '../testing/fake-checkpoint.ts';
import { lossesOf, randomModel, windowLosses } from '../testing/random-model.ts';
import { forwardFlops } from './forward-flops.ts';
import { planMemory } from './plan-memory.ts';

const FAMILIES: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ['llama', {}],
  ['phi', { family: 'phi', rotaryDim: 2 }],
];

/** How far a plan may be above the peak. */
const CLOSENESS = 1.05;

describe.each(FAMILIES)('planMemory, %s', (_, changes) => {
  const { checkpoint, units, windows, randomSet } = randomModel(1, changes);
  const empty = emptySet(units);
  const request = { config: checkpoint.config, cut: empty, windowLengths: [7, 7, 7], work: { masks: 10 } };
  const sevens = windows.filter(({ length }) => length === 7);

  it('foretells what weights take, cut or not', async () => {
    for (const cut of [empty, randomSet(0.4)]) {
      const backend = createReferenceBackend();
      const model = await loadModel(backend, checkpoint, cut);
      expect(planMemory({ ...request, cut }, backend).weights).toBe(backend.memory.used);
      model.release();
    }
  });

  it.each([1000, 60])('foretells the peak of an evaluation in chunks of %d rows', async (rowsPerChunk) => {
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, empty, { rowsPerChunk });
    // Every subset of the three groups of the first layer: from there on no two masks share their rows.
    const masks = Array.from({ length: 8 }, (__, m) => empty.map((___, id) => (id < 3 ? (m >> id) & 1 : 0)));
    await lossesOf(model, sevens, masks);
    const plan = planMemory({ ...request, work: { masks: 8 }, rowsPerChunk }, backend);
    const ratio = (plan.weights + plan.activations + plan.workspace) / backend.memory.peak;
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(CLOSENESS);
  });

  it.each([1000, 20])(
    'foretells the peaks of predictions and of comparisons in chunks of %d rows',
    async (rowsPerChunk) => {
      const masks = Array.from({ length: 8 }, (__, m) => empty.map((___, id) => (id < 3 ? (m >> id) & 1 : 0)));
      const predicting = createReferenceBackend();
      const whole = await loadModel(predicting, checkpoint, empty, { rowsPerChunk });
      const predictions = await whole.predict(sevens);
      const comparing = createReferenceBackend();
      await windowLosses(await loadModel(comparing, checkpoint, empty, { rowsPerChunk }), sevens, masks, predictions);
      for (const [backend, work] of [
        [predicting, { predictions: true }],
        [comparing, { masks: 8, compared: true }],
      ] as const) {
        const plan = planMemory({ ...request, work, rowsPerChunk }, backend);
        const ratio = (plan.weights + plan.activations + plan.workspace) / backend.memory.peak;
        expect(ratio).toBeGreaterThanOrEqual(1);
        expect(ratio).toBeLessThan(CLOSENESS);
      }
    },
  );

  it.each([1, 2, 3, 4, 5, 6])('is kept under a budget wherever masks part, cut or not (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    for (let turn = 0; turn < 8; turn++) {
      const cut = turn % 2 === 0 ? empty : randomSet(0.3);
      const firstDifference = integerBelow(random, units.module(0, 'queryHead').start);
      const masks = Array.from({ length: 1 + integerBelow(random, 6) }, () =>
        randomSet(0.3).map((removed, id) => (id < firstDifference ? 0 : removed)),
      );
      const some = windows.slice(0, 1 + integerBelow(random, windows.length));
      const windowLengths = some.map(({ length }) => length);
      const rowsPerChunk = 16 + integerBelow(random, 200);
      const asked = { ...request, cut, windowLengths, work: { masks: masks.length }, rowsPerChunk };
      const roomy = createReferenceBackend({ memoryBudget: 2 ** 30 });
      const { weights, activations, workspace } = planMemory(asked, roomy);
      const budget = weights + activations + workspace;
      const backend = createReferenceBackend({ memoryBudget: budget });
      const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
      expect(await lossesOf(model, some, masks)).toHaveLength(masks.length);
      expect(backend.memory.peak).toBeLessThanOrEqual(budget);
    }
  });

  it.each(['activation', 'obs', 'similarity'] as const)('bounds the peak of %s statistics', async (kind) => {
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, empty);
    for await (const layer of model.collectStatistics(sevens, [kind])) expect(layer).toBeDefined();
    const { weights, activations, workspace } = planMemory({ ...request, work: { statistics: [kind] } }, backend);
    const ratio = (weights + activations + workspace) / backend.memory.peak;
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(CLOSENESS);
  });

  it('takes more windows than a call takes arguments', () => {
    const backend = createReferenceBackend();
    const windowLengths = Array.from({ length: 200_000 }, () => 7);
    const most = planMemory({ ...request, windowLengths, work: { masks: 1 } }, backend);
    expect(most.activations).toBeGreaterThan(planMemory({ ...request, work: { masks: 1 } }, backend).activations);
  });

  it('bounds the peak of a model with layers of different widths', async () => {
    const backend = createReferenceBackend();
    const cut = randomSet(0.4);
    const model = await loadModel(backend, checkpoint, cut);
    await lossesOf(model, sevens, [empty, empty]);
    const { weights, activations, workspace } = planMemory({ ...request, cut, work: { masks: 2 } }, backend);
    expect(weights + activations + workspace).toBeGreaterThanOrEqual(backend.memory.peak);
  });
});

describe('forwardFlops', () => {
  const { units } = randomModel(1);
  const empty = emptySet(units);

  it('is two per weight and token, plus attention over half the window', () => {
    const head = 2 * SMALL_CONFIG.vocabSize * SMALL_CONFIG.hiddenSize;
    const attention = 3 * 4 * 24 * ((16 + 1) / 2);
    expect(forwardFlops(SMALL_CONFIG, empty, 16)).toBe(2 * units.totalCost + head + attention);
    expect(forwardFlops(SMALL_CONFIG, emptySet(units).fill(1), 16)).toBe(head);
  });

  it('counts two matrices where the FFN has no gate', () => {
    const ofGates = 2 * SMALL_CONFIG.layerCount * SMALL_CONFIG.ffnSize * SMALL_CONFIG.hiddenSize;
    const whole = forwardFlops(SMALL_CONFIG, empty, 16);
    expect(forwardFlops({ ...SMALL_CONFIG, family: 'phi' }, empty, 16)).toBe(whole - ofGates);
  });
});
