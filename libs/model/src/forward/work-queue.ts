import { throwIfCancelled } from '@bonsai/support';
import { ROW_STEP } from '@bonsai/ops';
import type { Backend, Matrix, Recorder, RowRange } from '@bonsai/ops';
import type { Caller } from '../caller.ts';
import { PortionSize } from './portion-size.ts';

/**
 * Collects ops and submits them in portions, so that a cancelled pass stops soon. While one portion runs, the next one is
 * recorded and waits behind it: the device has always something to do.
 */
export class WorkQueue {
  readonly #backend: Backend;
  readonly #caller: Caller;
  readonly #portion = new PortionSize();
  #recorder: Recorder;
  #flops = 0;
  #discarded: Matrix[] = [];
  /** The portion that was submitted last, and all before it. */
  #submitted: Promise<void> = Promise.resolve();

  constructor(backend: Backend, caller: Caller) {
    this.#backend = backend;
    this.#caller = caller;
    this.#recorder = backend.recorder();
  }

  /** Record into this one until the next await. */
  get recorder(): Recorder {
    return this.#recorder;
  }

  /**
   * To call before recording a part of the pass; submits what is recorded where the two together would be more than a portion, and
   * waits for what was submitted before that. @throws what {@link flush} throws
   */
  async announced(flops: number): Promise<void> {
    if (this.#flops > 0 && this.#flops + flops > this.#portion.flops) await this.#submitBehind();
    this.#flops += flops;
  }

  /**
   * Records work on all rows of a matrix, in ranges of as many rows as a portion holds, but {@link ROW_STEP} at the least.
   * @throws what {@link flush} throws
   */
  async byRows(
    rows: number,
    flopsPerRow: number,
    record: (recorder: Recorder, range: RowRange) => void,
  ): Promise<void> {
    for (let first = 0; first < rows;) {
      const steps = Math.max(1, Math.floor(this.#portion.flops / flopsPerRow / ROW_STEP));
      const range = { first, count: Math.min(ROW_STEP * steps, rows - first) };
      await this.announced(range.count * flopsPerRow);
      record(this.#recorder, range);
      first += range.count;
    }
  }

  /** Runs what is recorded, to its end. @throws BonsaiError CANCELLED and what {@link Backend.submit} throws */
  async flush(): Promise<void> {
    this.#submit();
    await this.#submitted;
  }

  /** Releases a matrix as soon as no recorded op needs it. */
  discard(matrix: Matrix): void {
    this.#discarded.push(matrix);
  }

  /** Forgets what is recorded, waits until nothing runs any more, and releases what was discarded. */
  async release(): Promise<void> {
    this.#recorder.release();
    this.#flops = 0;
    await this.#submitted.catch(() => undefined);
    releaseAll(this.#discarded.splice(0));
  }

  /** Waits for what was submitted before. */
  async #submitBehind(): Promise<void> {
    const before = this.#submitted;
    this.#submit();
    await before;
  }

  #submit(): void {
    throwIfCancelled(this.#caller.signal);
    const [recorder, flops, discarded] = [this.#recorder, this.#flops, this.#discarded.splice(0)];
    this.#recorder = this.#backend.recorder();
    this.#flops = 0;
    this.#submitted = this.#run(this.#submitted, recorder, flops).finally(() => releaseAll(discarded));
    // Thrown when it is waited for; until then it must not count as unhandled.
    this.#submitted.catch(() => undefined);
  }

  async #run(before: Promise<void>, recorder: Recorder, flops: number): Promise<void> {
    const running = this.#backend.submit(recorder);
    const start = before.then(() => performance.now());
    await Promise.allSettled([start, running]);
    const startedAt = await start;
    await running;
    this.#portion.took(flops, performance.now() - startedAt);
    this.#caller.getsOn?.();
  }
}

function releaseAll(matrices: readonly Matrix[]): void {
  for (const matrix of matrices) matrix.release();
}
