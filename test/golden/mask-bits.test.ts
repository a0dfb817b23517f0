import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitKind, UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { SOTU_DIRECTORY } from './model-directories.ts';
import { readReference } from './reference-file.ts';
import { zeroedCheckpoint } from './zeroed-checkpoint.ts';

let checkpoint: Checkpoint;
let units: UnitTable;
let tokens: Uint32Array;

beforeAll(async () => {
  checkpoint = await openCheckpoint(SOTU_DIRECTORY);
  units = new UnitTable(modelShape(checkpoint.config));
  tokens = Uint32Array.from((await readReference(SOTU_DIRECTORY)).windows[0] ?? []);
});

afterAll(async () => {
  await checkpoint.close();
});

async function losses(
  backend: Backend,
  from: Checkpoint,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Promise<number[][]> {
  const model = await loadModel(backend, from, emptySet(units));
  const sums: number[][] = [];
  for await (const mask of model.evaluate(windows, masks)) sums.push(mask.windows.map(({ nllSum }) => nllSum));
  model.release();
  return sums;
}

/** Nothing; a whole block; another with the same beginning; half of everything; the same again. */
function masksOfAllKinds(): UnitSet[] {
  const random = seededRandom(1);
  const removing = (layer: number, kind: UnitKind, set: UnitSet): UnitSet => {
    const { start, count } = units.module(layer, kind);
    return Uint8Array.from(set).fill(1, start, start + count);
  };
  const ofBlocks = units.module(0, 'queryHead').start;
  const half = emptySet(units).map((_, id) => (id < ofBlocks ? integerBelow(random, 2) : 0));
  const noAttention = removing(2, 'kvGroup', emptySet(units));
  return [
    emptySet(units),
    noAttention,
    removing(4, 'ffnNeuron', noAttention),
    half,
    removing(1, 'ffnNeuron', half),
    half,
  ];
}

describe.each([
  ['the reference backend', () => Promise.resolve(createReferenceBackend()), [11, 6]],
  ['the GPU', async () => createGpuBackend(await openDevice()), [61, 64, 61]],
])('the score of a mask on %s', (_, open, lengths) => {
  it('has the bits of multiplying what it removes by zero', async () => {
    const backend = await open();
    const masks = masksOfAllKinds();
    const windows = lengths.map((length, i) => tokens.slice(i, i + length));
    const together = await losses(backend, checkpoint, windows, masks);
    for (const [m, mask] of masks.entries()) {
      const zeroed = zeroedCheckpoint(checkpoint, units, mask);
      expect([m, await losses(backend, zeroed, windows, [emptySet(units)])]).toEqual([m, [together[m]]]);
    }
    expect(new Set(together.map(String)).size).toBe(masks.length - 1);
    await backend.dispose();
  });
});
