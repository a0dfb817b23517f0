import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';

/** A directory for the tests of one file, removed after them. */
export function useWorkDirectory(): { path(name: string): string } {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bonsai-export-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  return { path: (name) => join(directory, name) };
}
