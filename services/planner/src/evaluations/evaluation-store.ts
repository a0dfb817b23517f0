import type { LayerStatistics, Measurement, RecoveryTrial, WindowLoss } from '@bonsai/pruning';
import { blobColumn, textColumn } from '../store/columns.ts';
import type { Statement, StoreDatabase } from '../store/database.ts';
import { decodeLosses, encodeLosses } from './losses-codec.ts';
import { decodeStatistics, encodeStatistics } from './statistics-codec.ts';
import { decodeTrials, encodeTrials } from './trials-codec.ts';

/** Every finished evaluation, by content: see evaluation-key.ts. All jobs share it. Written once, never changed. */
export class EvaluationStore {
  readonly #findLosses: Statement;
  readonly #addLosses: Statement;
  readonly #findStatistics: Statement;
  readonly #addStatistics: Statement;
  readonly #findTrials: Statement;
  readonly #addTrials: Statement;
  readonly #findWeights: Statement;
  readonly #addWeights: Statement;

  constructor(database: StoreDatabase) {
    this.#findLosses = database.prepare('SELECT losses FROM mask_losses WHERE key = ?');
    this.#addLosses = database.prepare('INSERT OR IGNORE INTO mask_losses (key, losses) VALUES (?, ?)');
    this.#findStatistics = database.prepare('SELECT layers FROM unit_statistics WHERE key = ?');
    this.#addStatistics = database.prepare('INSERT OR IGNORE INTO unit_statistics (key, layers) VALUES (?, ?)');
    this.#findTrials = database.prepare('SELECT trials FROM recovery_trials WHERE key = ?');
    this.#addTrials = database.prepare('INSERT OR IGNORE INTO recovery_trials (key, trials) VALUES (?, ?)');
    this.#findWeights = database.prepare('SELECT digest FROM recovered_weights WHERE key = ?');
    this.#addWeights = database.prepare('INSERT OR REPLACE INTO recovered_weights (key, digest) VALUES (?, ?)');
  }

  losses(key: string, measurement: Measurement): readonly WindowLoss[] | undefined {
    const [row] = this.#findLosses.rows(key);
    return row === undefined ? undefined : decodeLosses(blobColumn(row, 'losses'), measurement);
  }

  addLosses(key: string, losses: readonly WindowLoss[], measurement: Measurement): void {
    this.#addLosses.run(key, encodeLosses(losses, measurement));
  }

  statistics(key: string): readonly LayerStatistics[] | undefined {
    const [row] = this.#findStatistics.rows(key);
    return row === undefined ? undefined : decodeStatistics(blobColumn(row, 'layers'));
  }

  addStatistics(key: string, layers: readonly LayerStatistics[]): void {
    this.#addStatistics.run(key, encodeStatistics(layers));
  }

  trials(key: string): readonly RecoveryTrial[] | undefined {
    const [row] = this.#findTrials.rows(key);
    return row === undefined ? undefined : decodeTrials(blobColumn(row, 'trials'));
  }

  addTrials(key: string, trials: readonly RecoveryTrial[]): void {
    this.#addTrials.run(key, encodeTrials(trials));
  }

  /** Digest of recovered weights, by what they were made from. */
  weightsDigest(key: string): string | undefined {
    const [row] = this.#findWeights.rows(key);
    return row === undefined ? undefined : textColumn(row, 'digest');
  }

  addWeightsDigest(key: string, digest: string): void {
    this.#addWeights.run(key, digest);
  }
}
