import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { probeFolder } from './probe-folder.ts';

describe('probeFolder', () => {
  const temporary = useTemporaryDirectory();

  it('leaves nothing behind, neither in a folder that is there nor where there is none', async () => {
    await mkdir(temporary.path('there/full'), { recursive: true });
    await writeFile(temporary.path('there/full/a.txt'), 'kept');
    await probeFolder(temporary.path('there/full'));
    await probeFolder(temporary.path('there/not/yet'));
    expect(await readdir(temporary.path('there'), { recursive: true })).toEqual(['full', 'full/a.txt']);
  });

  it.each(['file', 'file/below'])('refuses %s where file is one', async (name) => {
    await writeFile(temporary.path('file'), 'kept');
    const path = temporary.path(name);
    await expect(probeFolder(path)).rejects.toMatchObject({
      reason: 'OUTPUT_FAILED',
      field: path,
      message: expect.stringContaining('a part of the path is a file'),
    });
  });

  it.each(['/proc/1', '/proc/x', '/proc/x/y'])('refuses %s, in which nothing can be made', async (path) => {
    await expect(probeFolder(path)).rejects.toMatchObject({ reason: 'OUTPUT_FAILED', field: path });
  });
});
