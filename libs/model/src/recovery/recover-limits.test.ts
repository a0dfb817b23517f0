import { describe, expect, it } from '@jest/globals';
import type { Checkpoint } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { planMemory } from '../cost/plan-memory.ts';
import { loadModel } from '../load/load-model.ts';
import { randomModel } from '../testing/random-model.ts';
import { ALIGNED, LEAST_SQUARES, mixedCut, recovered, RECOVERED_FAMILIES } from '../testing/recovered.ts';

describe.each(RECOVERED_FAMILIES)('the memory of a recovery, %s', (_, changes) => {
  it.each(['leastSquares', 'alignedLeastSquares', 'bias'] as const)(
    'by %s keeps a memory budget, in the same bits',
    async (method) => {
      const random = randomModel(7, { ...changes, layerCount: 6 });
      const { checkpoint, windows } = random;
      const cut = mixedCut(random);
      const heldOut = windows.slice(0, 3);
      const request = { method, ridge: 1e-2, windows, choice: { heldOut } };
      const least = (): number => {
        const lengthsOf = (texts: readonly Uint32Array[]): number[] => texts.map(({ length }) => length);
        const work = { recovery: { method, heldOut: lengthsOf(heldOut) } };
        try {
          const task = { config: checkpoint.config, cut, windowLengths: lengthsOf(windows), work };
          planMemory(task, createReferenceBackend({ memoryBudget: 1 }));
        } catch (error) {
          return Number(/\((\d+) bytes\)/.exec(String(error))?.[1]);
        }
        throw new Error('a byte is enough');
      };
      const free = createReferenceBackend();
      const resident = await recovered(random, cut, request, { backend: free });
      expect(resident.length).toBeGreaterThan(0);
      expect(least()).toBeLessThan(free.memory.peak);
      for (const memoryBudget of [least(), 1.2 * least(), 2 * least()].map(Math.floor)) {
        const backend = createReferenceBackend({ memoryBudget });
        expect(await recovered(random, cut, request, { backend })).toEqual(resident);
        expect(backend.memory.peak).toBeLessThanOrEqual(memoryBudget);
      }
      const short = recovered(random, cut, request, { backend: createReferenceBackend({ memoryBudget: least() - 1 }) });
      await expect(short).rejects.toMatchObject({ reason: 'DEVICE_OUT_OF_MEMORY' });
    },
  );

  it.each(['leastSquares', 'alignedLeastSquares', 'bias'] as const)(
    'by %s is foretold where most of it are streams',
    async (method) => {
      const random = randomModel(7, changes);
      const windows = Array.from({ length: 40 }, () => random.windows[2] as Uint32Array);
      const [cut, heldOut, rowsPerChunk] = [mixedCut(random), windows.slice(0, 2), 7];
      const backend = createReferenceBackend();
      const request = { method, ridge: 1e-2, windows, choice: { heldOut } };
      await recovered(random, cut, request, { backend, rowsPerChunk });
      const work = { recovery: { method, heldOut: [7, 7] } };
      const task = { config: random.checkpoint.config, cut, windowLengths: windows.map(() => 7), work, rowsPerChunk };
      const { weights, activations, workspace } = planMemory(task, createReferenceBackend());
      const ratio = (weights + activations + workspace) / backend.memory.peak;
      expect(ratio).toBeGreaterThanOrEqual(1);
      expect(ratio).toBeLessThan(1.2);
    },
  );

  it('has the same bits on a device that holds the sums of a block in bands of rows only', async () => {
    const random = randomModel(12, { ...changes, ffnSize: 600 });
    const windows = random.windows.slice(0, 3);
    const request = { ...ALIGNED, windows, choice: { heldOut: windows } };
    const whole = await recovered(random, mixedCut(random), request);
    expect(whole.some(({ module }) => module.kind === 'ffn')).toBe(true);
    const backend = createReferenceBackend({ maxMatrixElements: 300 * 600 });
    expect(await recovered(random, mixedCut(random), request, { backend })).toEqual(whole);
  });

  it('names the projection whose refit is more than the weights of a device can be', async () => {
    const random = randomModel(6, changes);
    const field = 'model.layers.0.mlp.down_proj.weight';
    const readFloats: Checkpoint['readFloats'] = async (name, rows) => {
      const values = await random.checkpoint.readFloats(name, rows);
      return name === field ? values.fill(3) : values;
    };
    const even = { ...random, checkpoint: { ...random.checkpoint, readFloats } };
    const backend = { ...createReferenceBackend(), weightLimit: 3.01 };
    const request = { ...LEAST_SQUARES, windows: random.windows, choice: { heldOut: random.windows } };
    const refused = recovered(even, mixedCut(random), request, { backend });
    await expect(refused).rejects.toMatchObject({ reason: 'WEIGHT_OUT_OF_RANGE', field });
  });

  it('says which ridge is too small for its sums', async () => {
    const random = randomModel(6, changes);
    const windows = random.windows.slice(0, 1);
    const request = { method: 'leastSquares', ridge: 1e-15, windows, choice: { heldOut: windows } } as const;
    const refused = recovered(random, mixedCut(random), request);
    await expect(refused).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'SETTING_INVALID',
      field: 'ridge',
      message: expect.stringContaining('1e-15'),
    });
  });

  it('gives its memory back when it is left early or cancelled', async () => {
    const random = randomModel(6, changes);
    const backend = createReferenceBackend();
    const model = await loadModel(backend, random.checkpoint, mixedCut(random));
    const held = backend.memory.used;
    const request = { ...LEAST_SQUARES, windows: random.windows, choice: { heldOut: random.windows } };
    const left = model.recover(request);
    await left.next();
    await left.return();
    expect(backend.memory.used).toBe(held);
    const cancelled = model.recover(request, { signal: AbortSignal.abort() });
    await expect(cancelled.next()).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(backend.memory.used).toBe(held);
    model.release();
  });
});
