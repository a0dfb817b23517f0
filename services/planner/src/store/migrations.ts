import type Database from 'libsql';
import { storeFailed } from './store-error.ts';

/** Each entry takes the schema from the version of its index to the next. Entries are never edited, only appended. */
const MIGRATIONS: readonly string[] = [
  `
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
  `,
  `
  CREATE TABLE metric_losses (
    key TEXT PRIMARY KEY,
    loss REAL NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE recovery_trials (
    key TEXT PRIMARY KEY,
    trials BLOB NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE recovered_weights (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
];

/** The schema version that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Applies what the file lacks, each step in a transaction with its entry in schema_migrations.
 * @throws BonsaiError STORE_FAILED if the file was written by a newer program
 */
export function migrate(database: Database.Database, file: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY)');
  const applied = appliedVersion(database);
  if (applied > SCHEMA_VERSION) {
    throw storeFailed(
      `The store file ${file} has schema version ${applied}, this program knows ${SCHEMA_VERSION}; update Bonsai or name another file with --store.`,
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < applied) continue;
    database.transaction(() => {
      database.exec(sql);
      database.prepare('INSERT INTO schema_migrations (version) VALUES (?)').run([index + 1]);
    })();
  }
}

function appliedVersion(database: Database.Database): number {
  const [row] = database.prepare('SELECT COALESCE(MAX(version), 0) AS version FROM schema_migrations').all();
  return typeof row === 'object' && row !== null && 'version' in row ? Number(row.version) : 0;
}
