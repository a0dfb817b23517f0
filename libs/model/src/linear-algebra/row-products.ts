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

/** Rows of A and of B whose products are summed side by side: what is loaded once counts for several sums. */
const TILE = { a: 4, b: 2 };

/** Columns that are multiplied before the next ones are loaded, so that a panel of B stays in the cache. */
const COLUMNS_AT_ONCE = 256;

/** Every product of rows over the first `columns` columns; each sum is the same bits however many rows there are. */
export function addRowProducts(products: RowProducts, columns: number): void {
  const { a, b } = products;
  for (let first = 0; first < columns; first += COLUMNS_AT_ONCE) {
    const width = Math.min(COLUMNS_AT_ONCE, columns - first);
    for (let i = 0; i < a.count; i += TILE.a) {
      for (let j = 0; j < b.count; j += TILE.b) {
        const isWhole = i + TILE.a <= a.count && j + TILE.b <= b.count;
        if (isWhole) addTile(products, i, j, first, width);
        else addEdge(products, i, j, first, width);
      }
    }
  }
}

// Destructuring would make an array at every turn of the loop.
function addTile({ c, factor, a, b }: RowProducts, i: number, j: number, first: number, width: number): void {
  const x = a.data;
  const y = b.data;
  const a0 = a.start + i * a.stride + first;
  const a1 = a0 + a.stride;
  const a2 = a1 + a.stride;
  const a3 = a2 + a.stride;
  const b0 = b.start + j * b.stride + first;
  const b1 = b0 + b.stride;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = 0; k < width; k++) {
    const y0 = y[b0 + k] as number;
    const y1 = y[b1 + k] as number;
    const x0 = x[a0 + k] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    const x1 = x[a1 + k] as number;
    s10 += x1 * y0;
    s11 += x1 * y1;
    const x2 = x[a2 + k] as number;
    s20 += x2 * y0;
    s21 += x2 * y1;
    const x3 = x[a3 + k] as number;
    s30 += x3 * y0;
    s31 += x3 * y1;
  }
  const at = c.start + i * c.stride + j;
  addPair(c.data, at, factor * s00, factor * s01);
  addPair(c.data, at + c.stride, factor * s10, factor * s11);
  addPair(c.data, at + 2 * c.stride, factor * s20, factor * s21);
  addPair(c.data, at + 3 * c.stride, factor * s30, factor * s31);
}

/** What is left of a tile at the last rows. */
function addEdge({ c, factor, a, b }: RowProducts, i: number, j: number, first: number, width: number): void {
  for (let row = i; row < Math.min(i + TILE.a, a.count); row++) {
    for (let column = j; column < Math.min(j + TILE.b, b.count); column++) {
      const [ax, bx] = [a.start + row * a.stride + first, b.start + column * b.stride + first];
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (a.data[ax + k] as number) * (b.data[bx + k] as number);
      const at = c.start + row * c.stride + column;
      c.data[at] = (c.data[at] as number) + factor * sum;
    }
  }
}

function addPair(data: Float64Array, at: number, left: number, right: number): void {
  data[at] = (data[at] as number) + left;
  data[at + 1] = (data[at + 1] as number) + right;
}
