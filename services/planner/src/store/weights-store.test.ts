import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WeightsStore } from './weights-store.ts';

describe('WeightsStore', () => {
  let parent: string;
  let folder: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'weights-'));
    folder = join(parent, 'store-weights');
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  it('sweeps what was left half written, and nothing else', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.part'), 'half');
    writeFileSync(join(folder, 'b.safetensors'), 'whole');
    await new WeightsStore(folder).sweep();
    expect(readdirSync(folder)).toEqual(['b.safetensors']);
  });

  it('has nothing to sweep where nothing was ever stored', async () => {
    await expect(new WeightsStore(folder).sweep()).resolves.toBeUndefined();
  });
});
