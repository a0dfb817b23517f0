import { numberColumn } from '../store/columns.ts';
import type { Statement, StoreDatabase } from '../store/database.ts';

/** Every loss that a metric of the user's own gave, by content. Written once, never changed. */
export class MetricStore {
  readonly #find: Statement;
  readonly #add: Statement;

  constructor(database: StoreDatabase) {
    this.#find = database.prepare('SELECT loss FROM metric_losses WHERE key = ?');
    this.#add = database.prepare('INSERT OR IGNORE INTO metric_losses (key, loss) VALUES (?, ?)');
  }

  loss(key: string): number | undefined {
    const [row] = this.#find.rows(key);
    return row === undefined ? undefined : numberColumn(row, 'loss');
  }

  addLoss(key: string, loss: number): void {
    this.#add.run(key, loss);
  }
}
