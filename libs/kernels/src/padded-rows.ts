import { LANE_WIDTH } from './device-storage.ts';

/** Rows padded with zeros to whole vec4, as a DeviceMatrix stores them; the data itself where nothing is missing. */
export function padRows(data: Float32Array, rows: number, cols: number): Float32Array {
  const stride = LANE_WIDTH * Math.ceil(cols / LANE_WIDTH);
  if (stride === cols) return data;
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) padded.set(data.subarray(row * cols, (row + 1) * cols), row * stride);
  return padded;
}

/** The inverse of {@link padRows}. */
export function unpadRows(padded: Float32Array, rows: number, cols: number): Float32Array {
  const stride = LANE_WIDTH * Math.ceil(cols / LANE_WIDTH);
  if (stride === cols) return padded;
  const data = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) data.set(padded.subarray(row * stride, row * stride + cols), row * cols);
  return data;
}
