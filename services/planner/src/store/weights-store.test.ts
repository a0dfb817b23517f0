import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { WeightsStore } from './weights-store.ts';

async function* pieces(error?: Error): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(Uint8Array.of(1, 2, 3));
  if (error !== undefined) throw error;
}

describe('WeightsStore', () => {
  const temporary = useTemporaryDirectory('test');
  let folder: string;

  beforeEach(() => {
    folder = temporary.path('store-weights');
  });

  it('sweeps what was left half written, and nothing else', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.part'), 'half');
    writeFileSync(join(folder, 'b.safetensors'), 'whole');
    await new WeightsStore(folder).sweep();
    expect(readdirSync(folder)).toEqual(['b.safetensors']);
  });

  it('removes a file, and nothing where there is none', async () => {
    mkdirSync(folder);
    for (const name of ['a', 'b']) writeFileSync(join(folder, `${name}.safetensors`), 'whole');
    const store = new WeightsStore(folder);
    await store.remove('a');
    await store.remove('a');
    expect(readdirSync(folder)).toEqual(['b.safetensors']);
  });

  it('says which file it cannot remove', async () => {
    const inTheWay = join(folder, 'a.safetensors');
    mkdirSync(inTheWay, { recursive: true });
    const message = expect.stringContaining(inTheWay);
    await expect(new WeightsStore(folder).remove('a')).rejects.toMatchObject({ reason: 'STORE_FAILED', message });
  });

  it('says that a file cannot be written, and what to do', async () => {
    writeFileSync(folder, 'in the way');
    const message = expect.stringContaining(folder);
    const added = new WeightsStore(folder).add(pieces());
    await expect(added).rejects.toMatchObject({ reason: 'STORE_FAILED', message });
  });

  it('leaves nothing of a file whose pieces break off, and says what they say', async () => {
    const gone = new Error('gone');
    await expect(new WeightsStore(folder).add(pieces(gone))).rejects.toBe(gone);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has nothing to sweep where nothing was ever stored', async () => {
    await expect(new WeightsStore(folder).sweep()).resolves.toBeUndefined();
  });
});
