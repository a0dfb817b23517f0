/** A square matrix, row-major, in f64. */
export interface SquareMatrix {
  readonly size: number;
  readonly data: Float64Array;
}

/**
 * Lower triangle L with A = L L^T; the upper triangle of the result is zero.
 * @throws RangeError if A is not positive definite
 */
export function cholesky({ size, data }: SquareMatrix): SquareMatrix {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[i * size + k] as number) * (lower[j * size + k] as number);
      if (i === j && !(sum > 0)) throw new RangeError(`the matrix is not positive definite: pivot ${i} is ${sum}`);
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * size + j] as number);
    }
  }
  return { size, data: lower };
}

/** L^-1 of a lower triangle L. */
export function invertLower({ size, data }: SquareMatrix): SquareMatrix {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = inverse.subarray(i * size, (i + 1) * size);
    const pivot = data[i * size + i] as number;
    // Row i of the inverse from the rows above it: (e_i - sum_k L_ik row_k) / L_ii, rows read from left to right.
    for (let k = 0; k < i; k++) {
      const factor = data[i * size + k] as number;
      for (let j = 0; j <= k; j++) row[j] = (row[j] as number) - factor * (inverse[k * size + j] as number);
    }
    for (let j = 0; j < i; j++) row[j] = (row[j] as number) / pivot;
    row[i] = 1 / pivot;
  }
  return { size, data: inverse };
}

/** Block `columns x columns` of A^-1 = (L^-1)^T L^-1. @param first first column of the block */
export function inverseBlock({ size, data }: SquareMatrix, first: number, columns: number): SquareMatrix {
  const block = new Float64Array(columns * columns);
  for (let i = first; i < size; i++) {
    const row = data.subarray(i * size + first, i * size + first + columns);
    for (let a = 0; a < columns; a++) {
      const factor = row[a] as number;
      for (let b = 0; b <= a; b++) {
        block[a * columns + b] = (block[a * columns + b] as number) + factor * (row[b] as number);
      }
    }
  }
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b < a; b++) block[b * columns + a] = block[a * columns + b] as number;
  }
  return { size: columns, data: block };
}
