import { selectTensor } from '@bonsai/checkpoint';
import type { Checkpoint, Selection, TensorStream } from '@bonsai/checkpoint';
import { eachRow } from '@bonsai/ops';
import type { HostRows } from '@bonsai/ops';

/** A matrix of a checkpoint, or some rows or columns of it, a few MiB at a time. */
export function tensorRows(
  checkpoint: Checkpoint,
  name: string,
  selection?: Selection,
): HostRows & { readonly data: AsyncIterable<Float32Array> } {
  const stream = selectTensor(checkpoint, name, selection);
  const [rows = 0, cols = 0] = stream.shape;
  return { rows, cols, data: { [Symbol.asyncIterator]: () => blocksOf(stream.chunks()) } };
}

async function* blocksOf(chunks: ReturnType<TensorStream['chunks']>): AsyncGenerator<Float32Array> {
  yield* chunks;
}

/** All rows of the parts below each other. */
export function stacked(parts: readonly HostRows[]): HostRows {
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    cols: parts[0]?.cols ?? 0,
    data: oneAfterTheOther(parts),
  };
}

async function* oneAfterTheOther(parts: readonly HostRows[]): AsyncGenerator<Float32Array> {
  for (const part of parts) yield* eachRow(part);
}

/** Every row with one more value at its end. @param column a value per row */
export function withColumn({ rows, cols, data }: HostRows, column: Float32Array): HostRows {
  return { rows, cols: cols + 1, data: appended({ rows, cols, data }, column) };
}

async function* appended(source: HostRows, column: Float32Array): AsyncGenerator<Float32Array> {
  let row = 0;
  for await (const values of eachRow(source)) {
    const longer = new Float32Array(values.length + 1);
    longer.set(values);
    longer[values.length] = column[row++] as number;
    yield longer;
  }
}
