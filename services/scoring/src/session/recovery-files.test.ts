import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import type { RecoveredModule } from '@bonsai/model';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { RecoveryFiles } from './recovery-files.ts';

/** A bias of one number, as one that recovered the FFN of the first layer. */
const biasOf = (value: number): RecoveredModule => ({
  module: { layer: 0, kind: 'ffn' },
  repair: { bias: { rows: 1, cols: 1, data: Float32Array.of(value) } },
  trial: undefined,
});

const temporary = useTemporaryDirectory();

describe('files of recovered weights', () => {
  it('have no names that a process which is killed would leave behind', async () => {
    const files = new RecoveryFiles(temporary.path());
    const path = await files.add('a', [biasOf(1)]);
    expect(readFileSync(path).subarray(-4)).toEqual(Buffer.from(Float32Array.of(1).buffer));
    expect(readdirSync(temporary.path())).toEqual([]);
    await files.close();
  });

  it('say so where the disk is full, and name its folder and what moves it', async () => {
    const files = new RecoveryFiles(temporary.path());
    const full = Object.assign(new Error('write failed'), { code: 'ENOSPC', syscall: 'write' });
    const unwritable: RecoveredModule = {
      ...biasOf(1),
      get repair(): RecoveredModule['repair'] {
        throw full;
      },
    };
    const added = files.add('a', [unwritable]);
    const field = temporary.path();
    await expect(added).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'OUTPUT_FAILED', field });
    await expect(added).rejects.toThrow(/TMPDIR/);
    await files.close();
  });

  it('are replaced by key, and leave from the least recently used on', async () => {
    const files = new RecoveryFiles(temporary.path());
    const made: string[] = [];
    const source = { method: 'bias', ridge: 0, modules: [], windows: [] } as const;
    const lastByte = async (key: string): Promise<number | undefined> => {
      const model = (): Promise<never> => Promise.reject(new Error(`${key} is gone`));
      const caller = { signal: new AbortController().signal, getsOn: () => undefined };
      return readFileSync(await files.file(key, source, model, caller)).at(-1);
    };
    for (const key of ['a', 'b', 'c', 'd']) made.push(await files.add(key, [biasOf(1)]));
    expect(new Set(made).size).toBe(4);
    await files.add('b', [biasOf(-1)]);
    expect(await lastByte('a')).toBe(0x3f);
    await files.add('e', [biasOf(1)]);
    await expect(lastByte('c')).rejects.toThrow('c is gone');
    expect(await lastByte('a')).toBe(0x3f);
    expect(await lastByte('b')).toBe(0xbf);
    await files.close();
  });
});
