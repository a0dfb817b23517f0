import type { Backend, Matrix } from '@bonsai/ops';
import type { WorkQueue } from './work-queue.ts';

/** What a matrix of the forward pass is for; `widened` is what enters a head with a bias. */
export type Activation =
  'embedded' | 'residual' | 'normalized' | 'widened' | 'qkv' | 'heads' | 'raised' | 'neurons' | 'losses' | Output;

/** What the head makes of the last of them. */
type Output = 'gathered' | 'headInput' | 'logits';

/** Activations of one pass: one matrix per purpose, used again by every layer and chunk that needs the same size. */
export class Workspace {
  readonly #backend: Backend;
  readonly #queue: WorkQueue;
  readonly #matrices = new Map<Activation, Matrix>();

  constructor(backend: Backend, queue: WorkQueue) {
    this.#backend = backend;
    this.#queue = queue;
  }

  /** Gives matrices with another number of rows back. Nothing that uses them may be recorded and not yet submitted. */
  startChunk(rows: number): void {
    for (const [activation, matrix] of this.#matrices) {
      if (matrix.rows === rows) continue;
      this.#matrices.delete(activation);
      matrix.release();
    }
  }

  /** Contents are whatever was there before. */
  matrix(activation: Activation, rows: number, cols: number): Matrix {
    const held = this.#matrices.get(activation);
    if (held?.rows === rows && held.cols === cols) return held;
    if (held !== undefined) {
      this.#matrices.delete(activation);
      this.#queue.discard(held);
    }
    const matrix = this.#backend.matrix(rows, cols);
    this.#matrices.set(activation, matrix);
    return matrix;
  }

  /** Gives the others back. Nothing that uses them may be recorded and not yet submitted. */
  releaseAllBut(...kept: readonly Activation[]): void {
    for (const [activation, matrix] of this.#matrices) {
      if (kept.includes(activation)) continue;
      this.#matrices.delete(activation);
      matrix.release();
    }
  }

  /** Waits until nothing uses them any more. */
  async release(): Promise<void> {
    await this.#queue.release();
    this.releaseAllBut();
  }
}
