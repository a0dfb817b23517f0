/** Of consecutive rows, in f64 and in their order, whatever else was in the chunk. */
export function sumLosses(losses: Float32Array | Float64Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += losses[i] as number;
  return sum;
}
