import type { HostMatrix } from '../backend.ts';

/** Row i of `a` times row j of `b`, summed in f64 from the first element to the last. */
export function dotProduct(a: HostMatrix, i: number, b: HostMatrix, j: number): number {
  const x = a.data;
  const y = b.data;
  const xStart = i * a.cols;
  const yStart = j * b.cols;
  let sum = 0;
  for (let k = 0; k < a.cols; k++) sum += (x[xStart + k] as number) * (y[yStart + k] as number);
  return sum;
}
