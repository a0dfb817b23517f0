import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreDatabase } from './database.ts';
import { openStore } from './open-store.ts';

const PATIENT = 60_000;

describe('openStore', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'store-'));
    file = path.join(folder, 'planner.sqlite');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('waits for a planner that holds the store for an instant', async () => {
    const holder = new StoreDatabase(file);
    const waiting = openStore(file, PATIENT);
    holder.close();
    (await waiting).close();
  });

  it('refuses a store that stays in use once its patience is at an end', async () => {
    const holder = new StoreDatabase(file);
    await expect(openStore(file, 150)).rejects.toMatchObject({ reason: 'STORE_FAILED' });
    holder.close();
  });

  it('does not wait for what waiting cannot mend', async () => {
    writeFileSync(file, 'not a database\n'.repeat(100));
    await expect(openStore(file, PATIENT)).rejects.toThrow('is not a planner store');
  });
});
