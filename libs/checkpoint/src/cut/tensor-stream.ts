/** A tensor that is made while it is written: its values exist a few rows at a time. */
export interface TensorStream {
  readonly name: string;
  readonly shape: readonly number[];
  /** All values in row-major order, in chunks of any size. */
  chunks(): AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A tensor whose values are there already. */
export function memoryTensor(name: string, shape: readonly number[], values: Float32Array): TensorStream {
  return { name, shape, chunks: () => [values] };
}

const CHUNK_ELEMENTS = 1024 * 1024;

/** A tensor of equal values: the stand-ins for removed modules. */
export function constantTensor(name: string, shape: readonly number[], value: number): TensorStream {
  return {
    name,
    shape,
    *chunks() {
      const count = elementCount(shape);
      for (let done = 0; done < count; done += CHUNK_ELEMENTS) {
        yield new Float32Array(Math.min(CHUNK_ELEMENTS, count - done)).fill(value);
      }
    },
  };
}
