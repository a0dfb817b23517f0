import type { HostMatrix, HostRows } from './backend.ts';

/** Row after row, each a view of the block that it came in. @throws RangeError if the values do not fill [rows, cols] */
export async function* eachRow({ rows, cols, data }: HostRows): AsyncGenerator<Float32Array, void, undefined> {
  let count = 0;
  for await (const block of data instanceof Float32Array ? [data] : data) {
    for (let at = 0; at < block.length; at += cols) yield block.subarray(at, at + cols);
    count += block.length;
  }
  if (count !== rows * cols) throw new RangeError(`${count} values do not fill [${rows}, ${cols}]`);
}

/** A copy of all rows together. @throws RangeError if the values do not fill [rows, cols] */
export async function wholeMatrix(source: HostRows): Promise<HostMatrix> {
  const { rows, cols } = source;
  const data = new Float32Array(rows * cols);
  let at = 0;
  for await (const row of eachRow(source)) {
    data.set(row, at);
    at += cols;
  }
  return { rows, cols, data };
}
