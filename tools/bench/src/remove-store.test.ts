import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPlannerServer } from '@bonsai/planner';
import { removeStore } from './remove-store.ts';

describe('removeStore', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bonsai-bench-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('leaves nothing of what a planner keeps, and everything else', async () => {
    const store = join(folder, 'jobs.sqlite');
    const now = (): number => 0;
    const address = `unix:${join(folder, 'planner.sock')}`;
    const server = await startPlannerServer({ address, storePath: store, scorers: 'unix:no-scorer', now });
    await server.close();
    await mkdir(`${store}-weights`, { recursive: true });
    await writeFile(join(`${store}-weights`, 'a.safetensors'), '');
    await writeFile(join(folder, 'plan.json'), '');
    expect(await readdir(folder)).toContain('jobs.sqlite.lock');
    await removeStore(store);
    expect(await readdir(folder)).toEqual(['plan.json']);
  });
});
