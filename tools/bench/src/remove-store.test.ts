import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startPlannerServer } from '@bonsai/planner';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { removeStore } from './remove-store.ts';

describe('removeStore', () => {
  const temporary = useTemporaryDirectory();

  it('leaves nothing of what a planner keeps, and everything else', async () => {
    const store = temporary.path('jobs.sqlite');
    const now = (): number => 0;
    const address = `unix:${temporary.path('planner.sock')}`;
    const server = await startPlannerServer({ address, storePath: store, scorers: 'unix:no-scorer', now });
    await server.close();
    await mkdir(`${store}-weights`, { recursive: true });
    await writeFile(join(`${store}-weights`, 'a.safetensors'), '');
    await writeFile(temporary.path('plan.json'), '');
    expect(await readdir(temporary.path())).toContain('jobs.sqlite.lock');
    await removeStore(store);
    expect(await readdir(temporary.path())).toEqual(['plan.json']);
  });
});
