import Database from 'libsql';

/**
 * Keeps a second planner off the store. An open exclusive transaction on an empty database beside it is a file lock that
 * the kernel drops when the process dies, however it dies. (Exclusive locking mode on the store itself would do too, but
 * libsql gives that lock back only when the connection is garbage collected.)
 */
export class StoreLock {
  readonly #database: Database.Database;

  /** @throws SqliteError SQLITE_BUSY if another planner holds the lock */
  constructor(file: string) {
    this.#database = new Database(file);
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  release(): void {
    this.#database.exec('ROLLBACK');
    this.#database.close();
  }
}
