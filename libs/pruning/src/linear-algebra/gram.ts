import { GPU, type IKernelFunctionThis } from 'gpu.js';
import type { Matrix } from './matrix.ts';

/**
 * The one place where gpu.js is used. Mode `cpu`: it sums in double precision and needs neither Vulkan nor a worker pool,
 * so a planner gives the same plan on every host. `webasm` sums in f32 (relative error 4e-6 at 30 000 columns, against 6e-8),
 * which the leave-one-out residuals would amplify.
 */
const gpu = new GPU({ mode: 'cpu' });

function productUpToDiagonal(this: IKernelFunctionThis, rows: Float32Array, columns: number): number {
  let sum = 0;
  if (this.thread.x <= this.thread.y) {
    for (let i = 0; i < columns; i++) {
      sum += rows[this.thread.y * columns + i]! * rows[this.thread.x * columns + i]!;
    }
  }
  return sum;
}

const kernel = gpu.createKernel(productUpToDiagonal, { dynamicArguments: true, dynamicOutput: true });

/** gpu.js ends a loop whose length it does not know after 1000 turns, without a word, unless it is told otherwise. */
kernel.setLoopMaxIterations(2 ** 31 - 1);

/** a aᵀ for a of [n, k]: an [n, n] matrix, symmetric bit for bit, summed in f64, from values and to results in f32. */
export function gram(a: Matrix): Matrix {
  const values = new Float64Array(a.rows * a.rows);
  if (a.columns > 0 && values.length > 0) {
    kernel.setOutput([a.rows, a.rows]);
    copyBothHalves(kernel(inFloats(a), a.columns), values);
  }
  return { rows: a.rows, columns: a.rows, values };
}

/** Without a copy where that is what they are in. */
function inFloats({ values }: Matrix): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function copyBothHalves(product: unknown, into: Float64Array): void {
  if (!Array.isArray(product)) throw new TypeError('gpu.js gave no rows');
  const size = product.length;
  for (const [i, row] of product.entries()) {
    if (!(row instanceof Float32Array)) throw new TypeError('gpu.js gave a row of another type');
    for (let j = 0; j <= i; j++) into[i * size + j] = into[j * size + i] = row[j] as number;
  }
}
