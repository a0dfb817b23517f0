import type { Backend, Matrix, Recorder } from '@bonsai/ops';
import type { Batch } from '../forward/forward-pass.ts';
import type { Holdings } from '../holdings.ts';
import type { LayerSums } from './layer-sums.ts';

/** Keeps rows of zeros finite; no row of a residual stream is as small. */
const EPSILON = 1e-30;

/** Sums, over the rows of one batch, the cosine between what enters a layer and what leaves it. */
export class SimilarityTracker {
  readonly #sums: ReadonlyMap<number, LayerSums>;
  /** The rows that enter the next layer, scaled to one length: a cosine does not see it. */
  readonly #entering: Matrix;
  readonly #ones: Matrix;
  readonly #cosines: Matrix;
  readonly #windowLength: number;

  constructor(
    backend: Backend,
    { branchRows: rows, windowLength }: Batch,
    hidden: number,
    sums: ReadonlyMap<number, LayerSums>,
    holdings: Holdings,
  ) {
    this.#sums = sums;
    this.#windowLength = windowLength;
    this.#entering = holdings.keep(backend.matrix(rows, hidden));
    this.#ones = holdings.keep(backend.matrix(1, hidden, new Float32Array(hidden).fill(1)));
    this.#cosines = holdings.keep(backend.matrix(rows, 1));
  }

  entersFirst(recorder: Recorder, x: Matrix): void {
    recorder.rmsNorm(this.#entering, x, this.#ones, EPSILON);
  }

  leaves(recorder: Recorder, layer: number, x: Matrix): void {
    const sums = this.#sums.get(layer)?.similarity;
    if (sums !== undefined) {
      recorder.rowCosines(this.#cosines, this.#entering, x);
      recorder.columnSums(sums, this.#cosines, this.#windowLength);
    }
    recorder.rmsNorm(this.#entering, x, this.#ones, EPSILON);
  }
}
