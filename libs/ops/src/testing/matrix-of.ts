import type { HostMatrix } from '../backend.ts';

export function matrixOf(...rows: readonly (readonly number[])[]): HostMatrix {
  return { rows: rows.length, cols: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()) };
}

export function zeros(rows: number, cols: number): HostMatrix {
  return { rows, cols, data: new Float32Array(rows * cols) };
}
