import type { Checkpoint } from '../checkpoint.ts';
import { elementCount } from './tensor-stream.ts';
import type { TensorStream } from './tensor-stream.ts';

/** Stands for a row or column of zeros in a selection. */
export const ZERO = -1;

export interface Selection {
  /** Name that the result goes by; the source's own by default. */
  readonly as?: string;
  /** Source row of every row of the result, or {@link ZERO}; all rows in order by default. */
  readonly rows?: readonly number[] | undefined;
  /** Source column of every column of the result, or {@link ZERO}; all columns in order by default. */
  readonly columns?: readonly number[] | undefined;
}

/** f32 elements that are read, and elements of the result that are in memory, at a time: 8 MiB. */
const CHUNK_ELEMENTS = 2 * 1024 * 1024;
/** Elements between two wanted rows that are read along rather than skipped: a read of its own costs more. */
const BRIDGED_ELEMENTS = 16 * 1024;

/** Rows and columns of a checkpoint's tensor, chosen and reordered, streamed. */
export function selectTensor(checkpoint: Checkpoint, source: string, selection: Selection = {}): TensorStream {
  const info = checkpoint.tensors.get(source);
  if (info === undefined) throw new RangeError(`no tensor ${source}`);
  const [sourceRows = 1, ...rest] = info.shape;
  const rows = selection.rows ?? Array.from({ length: sourceRows }, (_, row) => row);
  const sourceWidth = elementCount(rest);
  const columns = isEverything(selection.columns, sourceWidth) ? undefined : selection.columns;
  const width = columns?.length ?? sourceWidth;
  const chunkRows = Math.max(1, Math.floor(CHUNK_ELEMENTS / Math.max(width, sourceWidth)));
  return {
    name: selection.as ?? source,
    shape: columns === undefined ? [rows.length, ...rest] : [rows.length, columns.length],
    async *chunks() {
      for (let start = 0; start < rows.length; start += chunkRows) {
        const gathered = await gatherRows(checkpoint, source, sourceWidth, rows.slice(start, start + chunkRows));
        yield columns === undefined ? gathered : gatherColumns(gathered, sourceWidth, columns);
      }
    },
  };
}

function isEverything(columns: readonly number[] | undefined, width: number): boolean {
  return columns?.length === width && columns.every((from, to) => from === to);
}

async function gatherRows(
  checkpoint: Checkpoint,
  source: string,
  width: number,
  rows: readonly number[],
): Promise<Float32Array> {
  const gathered = new Float32Array(rows.length * width);
  const order = [...rows.keys()].filter((at) => rows[at] !== ZERO).sort((a, b) => rowOf(rows, a) - rowOf(rows, b));
  let next = 0;
  while (next < order.length) {
    const first = next;
    const start = rowOf(rows, order[first]);
    const reach = Math.max(1, Math.floor(BRIDGED_ELEMENTS / width));
    const end = start + Math.max(1, Math.floor(CHUNK_ELEMENTS / width));
    const isNear = (row: number, previous: number): boolean => row - previous <= reach && row < end;
    next += 1;
    while (next < order.length && isNear(rowOf(rows, order[next]), rowOf(rows, order[next - 1]))) next += 1;
    const count = rowOf(rows, order[next - 1]) - start + 1;
    const block = await checkpoint.readFloats(source, { start, count });
    for (const at of order.slice(first, next)) {
      const from = (rowOf(rows, at) - start) * width;
      gathered.set(block.subarray(from, from + width), at * width);
    }
  }
  return gathered;
}

function rowOf(rows: readonly number[], at: number | undefined): number {
  return rows[at ?? 0] ?? ZERO;
}

function gatherColumns(values: Float32Array, width: number, columns: readonly number[]): Float32Array {
  const rowCount = values.length / width;
  const gathered = new Float32Array(rowCount * columns.length);
  for (let row = 0; row < rowCount; row++) {
    // By index: entries() would cost more than reading the values.
    for (let to = 0; to < columns.length; to++) {
      const from = columns[to] as number;
      if (from !== ZERO) gathered[row * columns.length + to] = values[row * width + from] as number;
    }
  }
  return gathered;
}
