import type { Matrix } from './matrix.ts';

export function transpose({ rows, columns, values }: Matrix): Matrix {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c] as number;
  }
  return { rows: columns, columns: rows, values: out };
}
