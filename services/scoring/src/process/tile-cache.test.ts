import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TileName, TuningSubject } from '@bonsai/kernels';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { cachedTile, cacheFolder } from './tile-cache.ts';

const temporary = useTemporaryDirectory('test');
let folder: string;

beforeEach(() => {
  folder = temporary.path('new');
});

/** A device whose trials end with `tile`, counted. */
function subject(key: string, tile: TileName | undefined): TuningSubject & { trials: number } {
  return {
    key,
    trials: 0,
    tune() {
      this.trials++;
      return Promise.resolve(tile);
    },
  };
}

describe('the cache of tiles', () => {
  it('is asked before a device is tried, by everything that names the trial', async () => {
    const device = subject('a', '128x64');
    expect([await cachedTile(device, folder), await cachedTile(device, folder)]).toEqual(['128x64', '128x64']);
    expect(device.trials).toBe(1);
    const other = subject('b', '64x64');
    expect(await cachedTile(other, folder)).toBe('64x64');
    expect(other.trials).toBe(1);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"key":"a","tile":5}',
    '{"key":"other","tile":"64x64"}',
    '{"key":"a","tile":"big"}',
  ])('ignores the entry %p and writes a good one', async (content) => {
    await cachedTile(subject('a', '64x64'), folder);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), content);
    const device = subject('a', '128x128');
    expect(await cachedTile(device, folder)).toBe('128x128');
    expect(device.trials).toBe(1);
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toEqual({ key: 'a', tile: '128x128' });
  });

  it('keeps nothing where there is nothing to choose, and survives a folder that cannot be', async () => {
    expect(await cachedTile(subject('a', undefined), folder)).toBeUndefined();
    await expect(readdir(folder)).rejects.toThrow();
    await writeFile(folder, 'a file');
    expect(await cachedTile(subject('a', '64x64'), join(folder, 'below'))).toBe('64x64');
  });

  it('is where the environment says', () => {
    expect(cacheFolder({ BONSAI_CACHE_DIR: '/b', XDG_CACHE_HOME: '/x' })).toBe('/b');
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/bonsai');
    expect(cacheFolder({})).toMatch(/\.cache.bonsai$/);
    expect(cacheFolder({ BONSAI_CACHE_DIR: '', XDG_CACHE_HOME: '' }, () => '/home')).toBe('/home/.cache/bonsai');
  });

  it('is nowhere for a user without a home, who gets a tile all the same', async () => {
    const folder = cacheFolder({}, () => {
      throw new Error('no home');
    });
    expect(folder).toBeUndefined();
    expect(await cachedTile(subject('a', '64x64'), folder)).toBe('64x64');
  });
});
