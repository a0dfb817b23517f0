import type { LayerStatistics, WindowLoss } from '@bonsai/pruning';
import { blobColumn } from '../store/columns.ts';
import type { Statement, StoreDatabase } from '../store/database.ts';
import { decodeLosses, encodeLosses } from './losses-codec.ts';
import { decodeStatistics, encodeStatistics } from './statistics-codec.ts';

/** Every finished evaluation, by content: see evaluation-key.ts. All jobs share it. Written once, never changed. */
export class EvaluationStore {
  readonly #findLosses: Statement;
  readonly #addLosses: Statement;
  readonly #findStatistics: Statement;
  readonly #addStatistics: Statement;

  constructor(database: StoreDatabase) {
    this.#findLosses = database.prepare('SELECT losses FROM mask_losses WHERE key = ?');
    this.#addLosses = database.prepare('INSERT OR IGNORE INTO mask_losses (key, losses) VALUES (?, ?)');
    this.#findStatistics = database.prepare('SELECT layers FROM unit_statistics WHERE key = ?');
    this.#addStatistics = database.prepare('INSERT OR IGNORE INTO unit_statistics (key, layers) VALUES (?, ?)');
  }

  losses(key: string): readonly WindowLoss[] | undefined {
    const [row] = this.#findLosses.rows(key);
    return row === undefined ? undefined : decodeLosses(blobColumn(row, 'losses'));
  }

  addLosses(key: string, losses: readonly WindowLoss[]): void {
    this.#addLosses.run(key, encodeLosses(losses));
  }

  statistics(key: string): readonly LayerStatistics[] | undefined {
    const [row] = this.#findStatistics.rows(key);
    return row === undefined ? undefined : decodeStatistics(blobColumn(row, 'layers'));
  }

  addStatistics(key: string, layers: readonly LayerStatistics[]): void {
    this.#addStatistics.run(key, encodeStatistics(layers));
  }
}
