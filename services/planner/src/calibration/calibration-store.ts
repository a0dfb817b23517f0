import { BonsaiError } from '@bonsai/support';
import { blobColumn } from '../store/columns.ts';
import type { Statement, StoreDatabase } from '../store/database.ts';
import { decodeTokenIds, encodeTokenIds, makeCalibration, tokensIn } from './calibration.ts';
import type { Calibration } from './calibration.ts';

/** Calibration windows under the digest of their token ids. */
export class CalibrationStore {
  readonly #database: StoreDatabase;
  readonly #add: Statement;
  readonly #addWindow: Statement;
  readonly #windows: Statement;

  constructor(database: StoreDatabase) {
    this.#database = database;
    this.#add = database.prepare(
      'INSERT OR IGNORE INTO calibrations (digest, window_count, token_count) VALUES (?, ?, ?)',
    );
    this.#addWindow = database.prepare(
      'INSERT INTO calibration_windows (calibration, position, token_ids) VALUES (?, ?, ?)',
    );
    this.#windows = database.prepare(
      'SELECT token_ids FROM calibration_windows WHERE calibration = ? ORDER BY position',
    );
  }

  /** Idempotent. */
  add(calibration: Calibration): void {
    this.#database.transaction(() => {
      const { digest, windows } = calibration;
      if (this.#add.run(digest, windows.length, tokensIn(windows)) === 0) return;
      for (const [position, window] of windows.entries()) {
        this.#addWindow.run(digest, position, encodeTokenIds(window.tokenIds));
      }
    });
  }

  /** @throws BonsaiError CALIBRATION_NOT_FOUND */
  get(digest: string): Calibration {
    const rows = this.#windows.rows(digest);
    if (rows.length === 0) {
      throw new BonsaiError(`There is no calibration ${digest}; upload its windows first.`, {
        code: 'NOT_FOUND',
        reason: 'CALIBRATION_NOT_FOUND',
        field: 'spec.calibration',
      });
    }
    return makeCalibration(rows.map((row) => decodeTokenIds(blobColumn(row, 'token_ids'))));
  }
}
