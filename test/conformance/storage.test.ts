import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Backend, GatedWeight, HostRows, Weight } from '@bonsai/ops';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { normal, seededRandom } from '@bonsai/support';
import { normalizedMeanSquareError } from '@bonsai/support/testing';
import { openBackend } from './configurations.ts';

const MIB = 2 ** 20;

function values(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => normal(random));
}

/** Logits and losses of a few rows under a head, by embedding rows of the same table. */
async function losses(
  backend: Backend,
  pack: (rows: HostRows) => Promise<Weight> = (rows) => backend.packWeight(rows),
): Promise<Float32Array> {
  const table = await pack({ rows: 1000, cols: 40, data: values(40_000, 1) });
  const tokens = backend.indices(Uint32Array.of(0, 999, 63, 64, 500, 511, 512, 1));
  const x = backend.matrix(8, 40);
  const projected = backend.matrix(8, 1000);
  const out = backend.matrix(8, 1);
  const gathered = backend.matrix(8, 2);
  const pairs = backend.indices(Uint32Array.of(999, 0, 64, 63, 500, 7, 511, 512));
  const recorder = backend.recorder();
  recorder.embed(x, table, tokens);
  recorder.linear(projected, x, table);
  recorder.negativeLogLikelihood(out, x, table, tokens);
  recorder.gatheredLogits(gathered, x, table, pairs);
  await backend.submit(recorder);
  const result: number[] = [];
  for (const output of [projected, out, gathered]) result.push(...(await backend.read(output)));
  for (const held of [table, tokens, pairs, x, projected, out, gathered]) held.release();
  return Float32Array.from(result);
}

/** A gated product, by the weight that is put in the place of the packed one. */
async function gatedProduct(
  backend: Backend,
  replaced: (packed: GatedWeight) => GatedWeight | Promise<GatedWeight>,
): Promise<Float32Array> {
  const [neurons, inputs] = [300, 40];
  const rows = (seed: number): HostRows => ({ rows: neurons, cols: inputs, data: values(neurons * inputs, seed) });
  const weight = await replaced(await backend.packGatedWeight(rows(1), rows(2)));
  const [x, out] = [backend.matrix(3, inputs, values(3 * inputs, 3)), backend.matrix(3, neurons)];
  const recorder = backend.recorder();
  recorder.gatedLinear(out, x, weight);
  await backend.submit(recorder);
  const product = await backend.read(out);
  for (const held of [weight, x, out]) held.release();
  return product;
}

async function restoredCopy<W extends Weight>(backend: Backend, packed: W): Promise<W> {
  const copy = await backend.copyWeight(packed);
  packed.release();
  return copy.restore();
}

describe('storage of the GPU backend', () => {
  let backend: Backend;

  beforeEach(async () => {
    backend = await openBackend({ precision: 'f32' }, { memoryBudget: 8 * MIB });
  });

  afterEach(async () => {
    await backend.dispose();
  });

  it('holds no more after many submits than after the first', async () => {
    await losses(backend);
    const { peak } = backend.memory;
    for (let i = 0; i < 50; i++) await losses(backend);
    expect(backend.memory).toMatchObject({ used: 0, peak });
  });

  it('has matrices of as many rows as it says, whatever padding they take', async () => {
    const roomy = await openBackend({ precision: 'f32' });
    const rows = roomy.mostRows(4097);
    roomy.matrix(rows, 4097).release();
    expect(() => roomy.matrix(rows + 1, 4097)).toThrow(expect.objectContaining({ reason: 'DEVICE_OUT_OF_MEMORY' }));
    await roomy.dispose();
  });

  it('cuts weights that no binding can hold, and computes the same', async () => {
    const cut = await openBackend({ precision: 'f32', bindingBytes: 40 * 64 * 4 * 3 });
    const expected = await losses(createReferenceBackend());
    expect(normalizedMeanSquareError(await losses(cut), expected)).toBeLessThan(1e-11);
    await cut.dispose();
  });

  it('gives weights back from copies on the host, in segments or not, with the same bits', async () => {
    for (const bindingBytes of [40 * 64 * 4 * 3, 2 ** 20]) {
      const segmented = await openBackend({ precision: 'f32', bindingBytes });
      const expected = await losses(segmented);
      const restored = async (rows: HostRows): Promise<Weight> => {
        const packed = await segmented.packWeight(rows);
        return restoredCopy(segmented, packed);
      };
      expect(await losses(segmented, restored)).toEqual(expected);
      expect(segmented.memory.used).toBe(0);
      await segmented.dispose();
    }
  });

  it('gives gated weights back from copies on the host, in segments or not, with the same bits', async () => {
    for (const bindingBytes of [40 * 64 * 4 * 3, 2 ** 20]) {
      const segmented = await openBackend({ precision: 'f32', bindingBytes });
      const expected = await gatedProduct(segmented, (packed) => packed);
      expect(await gatedProduct(segmented, (packed) => restoredCopy(segmented, packed))).toEqual(expected);
      expect(segmented.memory.used).toBe(0);
      await segmented.dispose();
    }
  });

  it('refuses a matrix and a weight over the budget, and goes on', async () => {
    const outOfMemory = expect.objectContaining({ reason: 'DEVICE_OUT_OF_MEMORY' });
    expect(() => backend.matrix(3000, 1000)).toThrow(outOfMemory);
    const weight = { rows: 3000, cols: 1000, data: new Float32Array(3_000_000) };
    await expect(backend.packWeight(weight)).rejects.toThrow(outOfMemory);
    await expect(backend.packGatedWeight(weight, weight)).rejects.toThrow(outOfMemory);
    expect(backend.memory.used).toBe(0);
    expect(await losses(backend)).toHaveLength(8024);
  });

  it('keeps what is recorded alive until the submit, whoever releases it', async () => {
    const x = backend.matrix(4, 8, values(32, 2));
    const gain = backend.matrix(1, 8, new Float32Array(8).fill(1));
    const out = backend.matrix(4, 8);
    const recorder = backend.recorder();
    recorder.rmsNorm(out, x, gain, 1e-5);
    x.release();
    const usurper = backend.matrix(4, 8);
    await backend.submit(recorder);
    expect((await backend.read(out)).some((value) => value !== 0)).toBe(true);
    for (const held of [gain, out, usurper]) held.release();
    expect(backend.memory.used).toBe(0);
  });

  it('gives back what a recorder holds that is not submitted, and does not run it', async () => {
    const x = backend.matrix(4, 8, values(32, 2));
    const gain = backend.matrix(1, 8, new Float32Array(8).fill(1));
    const out = backend.matrix(4, 8);
    const table = await backend.packWeight({ rows: 20, cols: 8, data: values(160, 3) });
    const targets = backend.indices(new Uint32Array(4));
    const losses = backend.matrix(4, 1);
    const recorder = backend.recorder();
    recorder.rmsNorm(out, x, gain, 1e-5);
    recorder.negativeLogLikelihood(losses, x, table, targets);
    expect(() => recorder.rmsNorm(losses, x, gain, 1e-5)).toThrow(RangeError);
    recorder.release();
    await backend.submit(recorder);
    expect(await backend.read(out)).toEqual(new Float32Array(32));
    for (const held of [x, gain, out, table, targets, losses]) held.release();
    expect(backend.memory.used).toBe(0);
  });

  it('gives zeros, also in storage that was used before', async () => {
    backend.matrix(10, 10, new Float32Array(100).fill(Number.NaN)).release();
    const zeros = backend.matrix(10, 10);
    expect(await backend.read(zeros)).toEqual(new Float32Array(100));
    zeros.release();
  });

  it('reports an op that WebGPU refuses', async () => {
    const x = backend.matrix(4, 8, values(32, 2));
    const recorder = backend.recorder();
    recorder.rmsNorm(x, x, backend.matrix(1, 8), 1e-5);
    await expect(backend.submit(recorder)).rejects.toMatchObject({ reason: 'DEVICE_VALIDATION' });
  });

  it('refuses shapes that break the contract and storage of another backend', async () => {
    const x = backend.matrix(4, 8);
    const recorder = backend.recorder();
    expect(() => recorder.rmsNorm(backend.matrix(4, 7), x, backend.matrix(1, 8), 1e-5)).toThrow(RangeError);
    expect(() => recorder.gram(createReferenceBackend().matrix(8, 8), x, x, 1)).toThrow(TypeError);
    await expect(backend.submit(createReferenceBackend().recorder())).rejects.toThrow(TypeError);
  });
});
