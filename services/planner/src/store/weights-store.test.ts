import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { WeightsStore } from './weights-store.ts';

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

  it('has nothing to sweep where nothing was ever stored', async () => {
    await expect(new WeightsStore(folder).sweep()).resolves.toBeUndefined();
  });
});
