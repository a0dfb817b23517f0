import { readdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { StoreDatabase } from './database.ts';
import { openStore } from './open-store.ts';

const PATIENT = 60_000;

describe('openStore', () => {
  const temporary = useTemporaryDirectory('test');
  let file: string;

  beforeEach(() => {
    file = temporary.path('planner.sqlite');
  });

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

  it('leaves no file open however often it is refused', async () => {
    const holder = new StoreDatabase(file);
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    const refuse = (): Promise<void> => expect(openStore(file, 0)).rejects.toMatchObject({ reason: 'STORE_FAILED' });
    await refuse();
    const before = openFiles();
    for (let i = 0; i < 10; i++) await refuse();
    expect(openFiles()).toBeLessThan(before + 10);
    holder.close();
  });

  it('does not wait for what waiting cannot mend', async () => {
    writeFileSync(file, 'not a database\n'.repeat(100));
    await expect(openStore(file, PATIENT)).rejects.toThrow('is not a planner store');
  });
});
