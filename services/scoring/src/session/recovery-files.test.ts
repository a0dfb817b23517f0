import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { RecoveredModule } from '@bonsai/model';
import type { RecoverySource } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { recoveryDigest, RecoveryFiles } from './recovery-files.ts';

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

describe('the digest of recovered weights', () => {
  it('differs in everything that they depend on', () => {
    const of = (revision: string, cut: number, precision: string, changes: Partial<RecoverySource> = {}): string => {
      const modules = [{ layer: 0, kind: 'ffn' }] as const;
      const source = { method: 'leastSquares', ridge: 0.01, modules, windows: [Uint32Array.of(1, 2)] } as const;
      return recoveryDigest({ revision } as Checkpoint, Uint8Array.of(cut, 1), precision, { ...source, ...changes });
    };
    const digests = [
      of('a', 0, 'f32'),
      ...[of('b', 0, 'f32'), of('a', 1, 'f32'), of('a', 0, 'f16')],
      of('a', 0, 'f32', { method: 'bias' }),
      of('a', 0, 'f32', { ridge: 0.1 }),
      of('a', 0, 'f32', { modules: [{ layer: 1, kind: 'ffn' }] }),
      of('a', 0, 'f32', { modules: [{ layer: 0, kind: 'attention' }] }),
      of('a', 0, 'f32', { windows: [Uint32Array.of(1, 3)] }),
      of('a', 0, 'f32', { windows: [Uint32Array.of(1), Uint32Array.of(2)] }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(of('a', 0, 'f32')).toBe(digests[0]);
  });
});
