import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';

export interface TemporaryDirectory {
  /** Of a file in it, or of itself; to be asked for while tests run. */
  path(name?: string): string;
}

/** A directory for the tests of one file or `describe`, or a new one for each test; removed after them. */
export function useTemporaryDirectory(per: 'file' | 'test' = 'file'): TemporaryDirectory {
  let directory: string;
  const [before, after] = per === 'file' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bonsai-test-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  return { path: (name = '') => join(directory, name) };
}
