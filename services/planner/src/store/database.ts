import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { migrate } from './migrations.ts';
import { storeError } from './store-error.ts';
import { StoreLock } from './store-lock.ts';

export type Value = string | number | Uint8Array | null;
export type Row = Readonly<Record<string, unknown>>;

/** A prepared statement whose failures are typed errors. */
export interface Statement {
  run(...values: readonly Value[]): number;
  rows(...values: readonly Value[]): readonly Row[];
}

/**
 * One SQLite file that holds all state of a planner. Every statement is durable when it returns: write-ahead log with a
 * sync per transaction. One planner at a time may hold the file.
 */
export class StoreDatabase {
  readonly #file: string;
  readonly #lock: StoreLock;
  readonly #database: Database.Database;

  /**
   * Opens or creates the file and brings its schema up to date.
   * @throws BonsaiError STORE_FAILED if the file is damaged, locked, newer than this program or cannot be created
   */
  constructor(file: string) {
    this.#file = file;
    this.#lock = this.#guarded(() => {
      mkdirSync(path.dirname(file), { recursive: true });
      return new StoreLock(`${file}.lock`);
    });
    try {
      this.#database = this.#guarded(() => openDatabase(file));
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  prepare(sql: string): Statement {
    const statement = this.#guarded(() => this.#database.prepare(sql));
    return {
      run: (...values) => this.#guarded(() => statement.run(values).changes),
      rows: (...values) => this.#guarded(() => statement.all(values).filter(isRow)),
    };
  }

  /** Runs `work` so that either all of its statements take effect or none. */
  transaction(work: () => void): void {
    this.#guarded(() => this.#database.transaction(work)());
  }

  close(): void {
    this.#database.close();
    this.#lock.release();
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(this.#file, error);
    }
  }
}

function openDatabase(file: string): Database.Database {
  const database = new Database(file);
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isRow(row: unknown): row is Row {
  return typeof row === 'object' && row !== null;
}
