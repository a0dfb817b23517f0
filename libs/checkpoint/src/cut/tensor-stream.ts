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

/** The rows of all parts below each other. */
export function stackedTensor(name: string, parts: readonly TensorStream[]): TensorStream {
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return {
    name,
    shape: [rows, ...(parts[0]?.shape.slice(1) ?? [])],
    async *chunks() {
      for (const part of parts) yield* part.chunks();
    },
  };
}
