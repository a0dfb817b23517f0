import { describe, expect, it } from '@jest/globals';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { Backend } from '@bonsai/ops';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { costOf, emptySet } from '@bonsai/pruning';
import { randomModel } from '../testing/random-model.ts';
import { loadModel } from './load-model.ts';

const { checkpoint, units, randomSet } = randomModel(1);

describe('loadModel', () => {
  it('refuses a cut of the wrong length or of everything', async () => {
    const backend = createReferenceBackend();
    const long = new Uint8Array(units.count + 1);
    await expect(loadModel(backend, checkpoint, long)).rejects.toMatchObject({ reason: 'MASK_LENGTH', field: 'cut' });
    const all = emptySet(units).fill(1);
    await expect(loadModel(backend, checkpoint, all)).rejects.toMatchObject({ reason: 'MASK_REMOVES_EVERYTHING' });
  });

  it('leaves what is cut out of the weights, to the parameter', async () => {
    const cut = randomSet(0.5);
    const dense = await loadModel(createReferenceBackend(), checkpoint, emptySet(units));
    const pruned = await loadModel(createReferenceBackend(), checkpoint, cut);
    expect(dense.weightBytes - pruned.weightBytes).toBe(4 * costOf(units, cut));
  });

  it('names the tensor that holds more than the weights of a backend can be', async () => {
    const backend = { ...createReferenceBackend(), weightPrecision: 'f16', weightLimit: 65_520 } as const;
    const name = 'model.layers.1.mlp.up_proj.weight';
    const loud: Checkpoint = {
      ...checkpoint,
      readFloats: async (tensor, rows) => {
        const values = await checkpoint.readFloats(tensor, rows);
        return tensor === name ? values.fill(-65_520, 3, 4) : values.fill(65_519, 0, 1);
      },
    };
    const loading = loadModel(backend, loud, emptySet(units));
    await expect(loading).rejects.toMatchObject({ reason: 'WEIGHT_OUT_OF_RANGE', field: name });
    expect(backend.memory.used).toBe(0);
  });

  it('names the bias of a head that is more than the weights of a backend can be', async () => {
    const random = randomModel(1, { family: 'phi', rotaryDim: 2 });
    const backend = { ...createReferenceBackend(), weightPrecision: 'f16', weightLimit: 65_520 } as const;
    const name = 'lm_head.bias';
    const loud: Checkpoint = {
      ...random.checkpoint,
      readFloats: async (tensor, rows) => {
        const values = await random.checkpoint.readFloats(tensor, rows);
        return tensor === name ? values.fill(65_520, 3, 4) : values;
      },
    };
    const loading = loadModel(backend, loud, emptySet(random.units));
    await expect(loading).rejects.toMatchObject({ reason: 'WEIGHT_OUT_OF_RANGE', field: name });
    expect(backend.memory.used).toBe(0);
  });

  it('stops between two layers when it is cancelled, and gives back what it packed', async () => {
    const backend = createReferenceBackend();
    const controller = new AbortController();
    const read: string[] = [];
    const watched: Checkpoint = {
      ...checkpoint,
      readFloats: (name, rows) => {
        read.push(name);
        if (name.startsWith('model.layers.1.mlp.down')) controller.abort();
        return checkpoint.readFloats(name, rows);
      },
    };
    const loading = loadModel(backend, watched, emptySet(units), { signal: controller.signal });
    await expect(loading).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(read.some((name) => name.startsWith('model.layers.2.'))).toBe(false);
    expect(backend.memory.used).toBe(0);
  });

  it('tells of every layer that has come', async () => {
    let told = 0;
    const model = await loadModel(createReferenceBackend(), checkpoint, emptySet(units), { getsOn: () => told++ });
    expect(told).toBe(checkpoint.config.layerCount);
    model.release();
  });

  it('gives back what it packed when a tensor cannot be read', async () => {
    const backend = createReferenceBackend();
    const broken: Checkpoint = {
      ...checkpoint,
      readFloats: (name, rows) =>
        name.startsWith('model.layers.2.mlp.up')
          ? Promise.reject(new Error('unreadable'))
          : checkpoint.readFloats(name, rows),
    };
    await expect(loadModel(backend, broken, emptySet(units))).rejects.toThrow('unreadable');
    expect(backend.memory.used).toBe(0);
    expect(backend.memory.peak).toBeGreaterThan(0);
  });

  it('fails where the device refuses a norm later than it is asked, and gives back what it packed', async () => {
    const reference = createReferenceBackend();
    let packed = 0;
    const backend: Backend = {
      ...reference,
      packMatrix: (values) => (++packed === 3 ? Promise.reject(new Error('refused')) : reference.packMatrix(values)),
    };
    await expect(loadModel(backend, checkpoint, emptySet(units))).rejects.toThrow('refused');
    expect(backend.memory.used).toBe(0);
  });
});
