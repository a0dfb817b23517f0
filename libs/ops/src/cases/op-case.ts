import type { Backend, Matrix, Recorder, WeightPrecision } from '../backend.ts';

export type OpName = Exclude<keyof Recorder, 'release'>;

/** Inputs on a device, ready to be recorded any number of times. */
export interface PreparedCase {
  record(recorder: Recorder): void;
  /** What the op has written; zeros where it may be anything. */
  read(): Promise<Float32Array>;
  release(): void;
}

/**
 * One call of one op with inputs that follow from the case alone. The same table drives the comparison of backends and
 * the benchmarks.
 */
export interface OpCase {
  readonly op: OpName;
  /** Unique within the table. */
  readonly name: string;
  /** `large` cases are for benchmarks: the naive reference takes too long for them. */
  readonly scale: 'small' | 'large';
  /** Largest normalised mean square error against the reference, per weight precision of the other backend. */
  readonly bound: Readonly<Record<WeightPrecision, number>>;
  /** Floating-point operations of one call, for rates. */
  readonly flops: number;
  prepare(backend: Backend): PreparedCase | Promise<PreparedCase>;
}

/** Runs a case once and gives back what it took. @returns what {@link PreparedCase.read} does */
export async function resultOf(opCase: OpCase, backend: Backend): Promise<Float32Array> {
  const prepared = await opCase.prepare(backend);
  const recorder = backend.recorder();
  prepared.record(recorder);
  await backend.submit(recorder);
  const values = await prepared.read();
  prepared.release();
  return values;
}

/** Collects what a case puts on a device, so that all of it is given back. */
export class CaseStorage {
  readonly #held: { release(): void }[] = [];

  keep<T extends { release(): void }>(storage: T): T {
    this.#held.push(storage);
    return storage;
  }

  /** @param compact the columns of a compact output's rows, by mask */
  prepared(
    backend: Backend,
    output: Matrix,
    record: (recorder: Recorder) => void,
    compact: readonly number[] = [output.cols],
  ): PreparedCase {
    return {
      record,
      async read() {
        const values = await backend.read(output);
        for (let row = 0; row < output.rows; row++) {
          const width = compact[Math.floor((row * compact.length) / output.rows)] as number;
          values.fill(0, row * output.cols + width, (row + 1) * output.cols);
        }
        return values;
      },
      release: () => {
        for (const storage of this.#held.splice(0)) storage.release();
      },
    };
  }
}
