import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { putInPlace } from './put-in-place.ts';

describe('putInPlace', () => {
  const temporary = useTemporaryDirectory();
  let made = 0;
  let folder = '';
  let [staged, path] = ['', ''];
  beforeEach(async () => {
    folder = temporary.path(String((made += 1)));
    [staged, path] = [join(folder, 'staged'), join(folder, 'model')];
    for (const directory of [staged, path]) {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, `in-${directory === path ? 'old' : 'new'}`), '');
    }
  });

  /** A rename that fails at the given calls, counted from 1. */
  function failing(calls: readonly number[]): typeof rename {
    let call = 0;
    return async (from, to) => {
      call += 1;
      if (calls.includes(call)) throw Object.assign(new Error('EIO'), { code: 'EIO', errno: -5, syscall: 'rename' });
      await rename(from, to);
    };
  }

  it('removes what it has replaced', async () => {
    await putInPlace(staged, path);
    expect(await readdir(path)).toEqual(['in-new']);
    expect(await readdir(folder)).toEqual(['model']);
  });

  it('puts back what was there where the new cannot take its place', async () => {
    // The first call finds the place occupied, the second clears it, the third fails.
    await expect(putInPlace(staged, path, failing([3]))).rejects.toMatchObject({ code: 'EIO' });
    expect(await readdir(path)).toEqual(['in-old']);
    expect((await readdir(folder)).sort()).toEqual(['model', 'staged']);
  });

  it('leaves nothing behind where what is there cannot be moved', async () => {
    await expect(putInPlace(staged, path, failing([2]))).rejects.toMatchObject({ code: 'EIO' });
    expect(await readdir(path)).toEqual(['in-old']);
    expect((await readdir(folder)).sort()).toEqual(['model', 'staged']);
  });

  it('keeps what was there, and says where, if it cannot even be put back', async () => {
    const error: unknown = await putInPlace(staged, path, failing([3, 4])).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'OUTPUT_FAILED', field: path });
    const kept = /(\/\S*model)\b[^/]*$/.exec((error as Error).message)?.[1] ?? '';
    expect(dirname(dirname(kept))).toBe(folder);
    expect(await readdir(kept)).toEqual(['in-old']);
  });
});
