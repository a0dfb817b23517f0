import { beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { StoreDatabase } from './database.ts';
import { SCHEMA_VERSION } from './migrations.ts';

/** What earlier programs made, word for word, so that this does not change with the entries of this one. */
const VERSION_1 = `
  CREATE TABLE calibrations (
    digest TEXT PRIMARY KEY,
    window_count INTEGER NOT NULL,
    token_count INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE calibration_windows (
    calibration TEXT NOT NULL REFERENCES calibrations (digest) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    token_ids BLOB NOT NULL,
    PRIMARY KEY (calibration, position)
  ) WITHOUT ROWID;

  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request_digest TEXT NOT NULL,
    calibration TEXT NOT NULL REFERENCES calibrations (digest),
    spec BLOB NOT NULL,
    model BLOB NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    progress BLOB NOT NULL,
    error_reason TEXT,
    error_message TEXT
  );

  CREATE TABLE plans (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    document TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE mask_losses (
    key TEXT PRIMARY KEY,
    losses BLOB NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE unit_statistics (
    key TEXT PRIMARY KEY,
    layers BLOB NOT NULL
  ) WITHOUT ROWID;
`;
const VERSION_2 = `${VERSION_1}
  CREATE TABLE metric_losses (
    key TEXT PRIMARY KEY,
    loss REAL NOT NULL
  ) WITHOUT ROWID;
`;

const CONTENT = `
  INSERT INTO calibrations VALUES ('text', 1, 2);
  INSERT INTO jobs VALUES (7, 'first', 'request', 'text', x'01', x'02', 'succeeded', 3, 4, x'05', NULL, NULL);
  INSERT INTO mask_losses VALUES ('mask', x'0607');
`;

const TABLES = ['calibrations', 'jobs', 'mask_losses'];

const ADDED = [
  `INSERT INTO metric_losses (key, loss) VALUES ('metric', 0.5)`,
  `INSERT INTO recovery_trials (key, trials) VALUES ('trials', x'08')`,
  `INSERT INTO recovered_weights (key, digest) VALUES ('weights', 'digest')`,
];

describe.each([
  [1, VERSION_1],
  [2, VERSION_2],
])('a store of schema version %d', (version, schema) => {
  const temporary = useTemporaryDirectory('test');
  let file: string;
  let before: unknown[][];

  beforeEach(() => {
    file = temporary.path('planner.sqlite');
    const database = new Database(file);
    database.exec(`${schema} ${CONTENT} CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY)`);
    for (let applied = 1; applied <= version; applied++) {
      database.prepare('INSERT INTO schema_migrations (version) VALUES (?)').run([applied]);
    }
    before = TABLES.map((table) => database.prepare(`SELECT * FROM ${table}`).all([]));
    database.close();
  });

  it('keeps what it holds, and takes all that this program stores', () => {
    const store = new StoreDatabase(file);
    expect(before.flat()).toHaveLength(TABLES.length);
    expect(TABLES.map((table) => store.prepare(`SELECT * FROM ${table}`).rows())).toMatchObject(before);
    for (const sql of ADDED) expect(store.prepare(sql).run()).toBe(1);
    const versions = store.prepare('SELECT version FROM schema_migrations ORDER BY version').rows();
    expect(versions.map((row) => row['version'])).toEqual(Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1));
    store.close();
  });
});
