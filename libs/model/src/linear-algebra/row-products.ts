import { readFileSync } from 'node:fs';

/** Rows of a row-major matrix in f64, from one of its columns on. */
export interface RowsView {
  readonly data: Float64Array;
  /** Where the first number of the first row is. */
  readonly start: number;
  /** From one row to the next. */
  readonly stride: number;
  readonly count: number;
}

/** C += factor A B^T, of which a part of the columns is multiplied. C may share a matrix with A and B, not numbers. */
export interface RowProducts {
  /** [rows of A, rows of B] */
  readonly c: RowsView;
  readonly factor: 1 | -1;
  readonly a: RowsView;
  readonly b: RowsView;
}

/** Of A and of B as many rows, and of them as many columns, are in the kernel's memory at a time as stay in the cache. */
const ROWS = 32;
const COLUMNS = 512;

/** Where A, B and their products lie there, in numbers. */
const A = 0;
const B = A + ROWS * COLUMNS;
const C = B + ROWS * COLUMNS;

const PAGE_BYTES = 65_536;
const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT;
const MEMORY_BYTES = (C + ROWS * ROWS) * NUMBER_BYTES;

interface Kernel {
  readonly numbers: Float64Array;
  /** Addresses and widths in bytes; row-products.wat says what may be. */
  readonly products: (a: number, b: number, c: number, aRows: number, bRows: number, rowBytes: number) => void;
}

let kernel: Kernel | undefined;

/** Every product of rows over the first `columns` columns; each sum is the same bits however many rows there are. */
export function addRowProducts(products: RowProducts, columns: number): void {
  const { a, b } = products;
  kernel ??= createKernel();
  for (let first = 0; first < columns; first += COLUMNS) {
    const width = Math.min(COLUMNS, columns - first);
    for (let j = 0; j < b.count; j += ROWS) {
      load(kernel, B, rowsOf(b, j), first, width);
      for (let i = 0; i < a.count; i += ROWS) {
        load(kernel, A, rowsOf(a, i), first, width);
        multiply(kernel, products, i, j, width);
      }
    }
  }
}

/** At most {@link ROWS} rows, from one of them on. */
const rowsOf = ({ data, start, stride, count }: RowsView, first: number): RowsView => ({
  data,
  start: start + first * stride,
  stride,
  count: Math.min(ROWS, count - first),
});

/** Rows with an even number of columns, the last of them 0 where there is none. */
function load({ numbers }: Kernel, place: number, rows: RowsView, first: number, width: number): void {
  const padded = evenly(width);
  for (let row = 0; row < rows.count; row++) {
    const from = rows.start + row * rows.stride + first;
    const to = place + row * padded;
    numbers.set(rows.data.subarray(from, from + width), to);
    if (padded > width) numbers[to + width] = 0;
  }
}

/** Multiplies what was loaded. Rows beyond the last hold anything, as their products do, which nobody reads. */
function multiply(
  { numbers, products }: Kernel,
  { c, factor, a, b }: RowProducts,
  i: number,
  j: number,
  width: number,
): void {
  const rows = Math.min(ROWS, a.count - i);
  const columns = Math.min(ROWS, b.count - j);
  const resultWidth = evenly(columns);
  const addresses = [A, B, C].map((place) => place * NUMBER_BYTES) as [number, number, number];
  products(...addresses, 4 * Math.ceil(rows / 4), resultWidth, evenly(width) * NUMBER_BYTES);
  for (let row = 0; row < rows; row++) {
    const to = c.start + (i + row) * c.stride + j;
    const from = C + row * resultWidth;
    for (let column = 0; column < columns; column++) {
      c.data[to + column] = (c.data[to + column] as number) + factor * (numbers[from + column] as number);
    }
  }
}

const evenly = (count: number): number => count + (count & 1);

/** What is used here of an object that Node has and its types leave to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** One per thread. */
function createKernel(): Kernel {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(MEMORY_BYTES / PAGE_BYTES) });
  // Made of row-products.wat by `npm run generate`.
  const code = readFileSync(new URL('../../src/linear-algebra/row-products.wasm', import.meta.url));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { host: { memory } });
  return { numbers: new Float64Array(memory.buffer), products: exports['products'] as Kernel['products'] };
}
