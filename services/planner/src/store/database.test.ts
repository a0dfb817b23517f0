import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { StoreDatabase } from './database.ts';
import { SCHEMA_VERSION } from './migrations.ts';

describe('StoreDatabase', () => {
  const temporary = useTemporaryDirectory('test');
  let file: string;

  beforeEach(() => {
    file = temporary.path('state/planner.sqlite');
  });

  function putValue(store: StoreDatabase, key: string): void {
    store.prepare('INSERT INTO mask_losses (key, losses) VALUES (?, ?)').run(key, new Uint8Array([1, 2]));
  }

  const keysOf = (store: StoreDatabase): unknown[] =>
    store
      .prepare('SELECT key FROM mask_losses ORDER BY key')
      .rows()
      .map((row) => row['key']);

  it('makes the folder and the file, and finds everything again when it is reopened', () => {
    const first = new StoreDatabase(file);
    putValue(first, 'a');
    first.close();
    const second = new StoreDatabase(file);
    expect(keysOf(second)).toEqual(['a']);
    second.close();
  });

  it('takes back a whole transaction when a part of it fails', () => {
    const store = new StoreDatabase(file);
    const twice = (): void =>
      store.transaction(() => {
        putValue(store, 'a');
        putValue(store, 'a');
      });
    expect(twice).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }));
    expect(keysOf(store)).toEqual([]);
    store.close();
  });

  it('keeps a second planner out until the first is gone', () => {
    const first = new StoreDatabase(file);
    expect(() => new StoreDatabase(file)).toThrow(
      expect.objectContaining({
        reason: 'STORE_FAILED',
        message: expect.stringContaining('in use by another planner'),
      }),
    );
    first.close();
    new StoreDatabase(file).close();
  });

  it('refuses a file that is no database, and leaves it as it is', () => {
    file = temporary.path('notes.txt');
    writeFileSync(file, 'not a database, but something dear to its owner\n'.repeat(50));
    const before = readFileSync(file);
    expect(() => new StoreDatabase(file)).toThrow(
      expect.objectContaining({ reason: 'STORE_FAILED', message: expect.stringContaining('is not a planner store') }),
    );
    expect(readFileSync(file)).toEqual(before);
  });

  it('refuses a file whose pages are damaged', () => {
    const store = new StoreDatabase(file);
    store.close();
    const database = new Database(file);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 100);
    writeFileSync(file, bytes);
    expect(() => new StoreDatabase(file)).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }));
  });

  it('refuses the file of a newer program', () => {
    new StoreDatabase(file).close();
    const database = new Database(file);
    database.exec(`INSERT INTO schema_migrations (version) VALUES (${SCHEMA_VERSION + 1})`);
    database.close();
    expect(() => new StoreDatabase(file)).toThrow(
      expect.objectContaining({ reason: 'STORE_FAILED', message: expect.stringContaining('update Bonsai') }),
    );
  });

  it('refuses a path that cannot be a file', () => {
    writeFileSync(temporary.path('state'), 'a file where a folder should be');
    expect(() => new StoreDatabase(file)).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }));
  });
});
