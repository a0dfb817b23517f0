import type { Backend, Matrix, Recorder } from '../backend.ts';

export type OpName = keyof Recorder;
export type WeightPrecision = Backend['weightPrecision'];

/** Inputs on a device, ready to be recorded any number of times. */
export interface PreparedCase {
  record(recorder: Recorder): void;
  /** What the op writes. */
  readonly output: Matrix;
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

/** Collects what a case puts on a device, so that all of it is given back. */
export class CaseStorage {
  readonly #held: { release(): void }[] = [];

  keep<T extends { release(): void }>(storage: T): T {
    this.#held.push(storage);
    return storage;
  }

  prepared(output: Matrix, record: (recorder: Recorder) => void): PreparedCase {
    return {
      output,
      record,
      release: () => {
        for (const storage of this.#held.splice(0)) storage.release();
      },
    };
  }
}
