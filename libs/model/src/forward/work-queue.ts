import { BonsaiError } from '@bonsai/support';
import type { Backend, Matrix, Recorder } from '@bonsai/ops';

/**
 * Work of one submit. Enough to hide the cost of a submit (well below a millisecond) on a GPU of several TFLOP/s; a
 * software device needs a few seconds for it, which is how long a cancellation may wait.
 */
const FLOPS_PER_SUBMIT = 1e11;

/** Collects ops and submits them in portions, so that a cancelled pass stops soon. */
export class WorkQueue {
  readonly #backend: Backend;
  readonly #signal: AbortSignal | undefined;
  readonly #flopsPerSubmit: number;
  #recorder: Recorder;
  #flops = 0;
  #discarded: Matrix[] = [];

  /** @param flopsPerSubmit 0: a submit for every part */
  constructor(backend: Backend, signal: AbortSignal | undefined, flopsPerSubmit = FLOPS_PER_SUBMIT) {
    this.#backend = backend;
    this.#flopsPerSubmit = flopsPerSubmit;
    this.#signal = signal;
    this.#recorder = backend.recorder();
  }

  /** Record into this one until the next await. */
  get recorder(): Recorder {
    return this.#recorder;
  }

  /** To call after recording a part of the pass; submits when enough has come together. */
  async recorded(flops: number): Promise<void> {
    this.#flops += flops;
    if (this.#flops >= this.#flopsPerSubmit) await this.flush();
  }

  /** Runs what is recorded. @throws BonsaiError CANCELLED and what {@link Backend.submit} throws */
  async flush(): Promise<void> {
    throwIfCancelled(this.#signal);
    const recorder = this.#recorder;
    this.#recorder = this.#backend.recorder();
    this.#flops = 0;
    try {
      await this.#backend.submit(recorder);
    } finally {
      this.release();
    }
  }

  /** Releases a matrix as soon as no recorded op needs it. */
  discard(matrix: Matrix): void {
    this.#discarded.push(matrix);
  }

  /** Releases what was discarded; what is recorded must not run any more. */
  release(): void {
    for (const matrix of this.#discarded.splice(0)) matrix.release();
  }
}

/** The signal's own reason where it is one of ours, e.g. an exceeded deadline. @throws BonsaiError */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const cause: unknown = signal.reason;
  if (cause instanceof BonsaiError) throw cause;
  throw new BonsaiError('The evaluation was cancelled.', { code: 'CANCELLED', reason: 'CANCELLED', cause });
}
