import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { earlierFiles } from './earlier-files.ts';

describe('earlierFiles', () => {
  const temporary = useTemporaryDirectory();

  it('finds what an earlier run wrote for its plan, and nothing else', async () => {
    const out = temporary.path('out');
    await mkdir(`${out}/hf`, { recursive: true });
    for (const name of [
      'plan.json',
      'report.md',
      'recovered.safetensors',
      'A-pruned.gguf',
      'B-pruned.gguf',
      'mine.gguf',
    ]) {
      await writeFile(`${out}/${name}`, '');
    }
    expect(await earlierFiles(out, [`${out}/B-pruned.gguf`])).toEqual([
      `${out}/A-pruned.gguf`,
      `${out}/hf`,
      `${out}/recovered.safetensors`,
    ]);
    expect(await earlierFiles(out, [`${out}/A-pruned.gguf`, `${out}/hf`, `${out}/recovered.safetensors`])).toEqual([
      `${out}/B-pruned.gguf`,
    ]);
  });
});
