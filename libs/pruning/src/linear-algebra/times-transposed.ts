import { GPU, type IKernelFunctionThis } from 'gpu.js';
import type { Matrix } from './matrix.ts';

/**
 * The one place where gpu.js is used. Mode `cpu`: it sums in double precision and needs neither Vulkan nor a worker pool,
 * so a planner gives the same plan on every host. Tried against `webasm`: 1.3 times faster, but f32 sums (relative error
 * 4e-6 at 30 000 columns, against 6e-8), which the leave-one-out residuals would amplify.
 */
const gpu = new GPU({ mode: 'cpu' });

function dotProduct(this: IKernelFunctionThis, a: Float32Array, b: Float32Array, inner: number): number {
  let sum = 0;
  for (let i = 0; i < inner; i++) sum += a[this.thread.y * inner + i]! * b[this.thread.x * inner + i]!;
  return sum;
}

const kernel = gpu.createKernel(dotProduct, { dynamicArguments: true, dynamicOutput: true });

/**
 * a bᵀ for a of [m, k] and b of [n, k]: an [m, n] matrix, summed in f64, from operands and to results in f32. Symmetric, bit
 * for bit, if a and b are the same matrix.
 */
export function timesTransposed(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.columns) throw new RangeError(`inner sizes differ: ${a.columns} and ${b.columns}`);
  const values = new Float64Array(a.rows * b.rows);
  if (a.columns > 0 && values.length > 0) {
    kernel.setOutput([b.rows, a.rows]);
    const left = inFloats(a);
    const product: unknown = kernel(left, b === a ? left : inFloats(b), a.columns);
    copyRows(product, b.rows, values);
  }
  return { rows: a.rows, columns: b.rows, values };
}

/** Without a copy where that is what they are in. */
function inFloats({ values }: Matrix): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function copyRows(product: unknown, columns: number, into: Float64Array): void {
  if (!Array.isArray(product)) throw new TypeError('gpu.js gave no rows');
  for (const [i, row] of product.entries()) {
    if (!(row instanceof Float32Array)) throw new TypeError('gpu.js gave a row of another type');
    into.set(row, i * columns);
  }
}
