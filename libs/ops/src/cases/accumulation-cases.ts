import { withoutWeights } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface AccumulationSizes {
  readonly rows: number;
  readonly cols: number;
  readonly windowLength: number;
  readonly scale?: OpCase['scale'];
}

/** As other sums; a single sum may nearly cancel what it is added to, which multiplies its rounding by ten and more. */
const BOUND = withoutWeights(1e-11);

const SIZES: readonly AccumulationSizes[] = [
  { rows: 1, cols: 1, windowLength: 1 },
  { rows: 1, cols: 13, windowLength: 1 },
  { rows: 17, cols: 3, windowLength: 17 },
  { rows: 64, cols: 64, windowLength: 64 },
  { rows: 57, cols: 5, windowLength: 19 },
  { rows: 257, cols: 67, windowLength: 257 },
  { rows: 1031, cols: 33, windowLength: 1031 },
  { rows: 1300, cols: 9, windowLength: 65 },
  { rows: 4096, cols: 768, windowLength: 256, scale: 'large' },
];

/** The sums start from values that are not zero: these ops add. */
function columnSumsCase({ rows, cols, windowLength, scale = 'small' }: AccumulationSizes): OpCase {
  return {
    op: 'columnSums',
    name: `columnSums ${rows} x ${cols}, windows of ${windowLength}`,
    scale,
    bound: BOUND,
    flops: 4 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 18).data));
      const sums = storage.keep(backend.matrix(3, cols, normalMatrix(3, cols, 19).data));
      return storage.prepared(backend, sums, (recorder) => recorder.columnSums(sums, x, windowLength));
    },
  };
}

/** A square matrix with zeros right of the diagonal. */
function upToDiagonal(values: Float32Array, size: number): Float32Array {
  for (let row = 0; row < size; row++) values.fill(0, row * size + row + 1, (row + 1) * size);
  return values;
}

/** Of one matrix, or with another one of so many columns. */
function gramCase({ rows, cols, windowLength, scale = 'small' }: AccumulationSizes, otherCols?: number): OpCase {
  const sumCols = otherCols ?? cols;
  return {
    op: 'gram',
    name: `gram ${rows} x ${cols}, windows of ${windowLength}${otherCols === undefined ? '' : `, with ${otherCols} columns`}`,
    scale,
    bound: BOUND,
    flops: otherCols === undefined ? rows * cols * (cols + 1) : 2 * rows * cols * sumCols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 18).data));
      const y =
        otherCols === undefined
          ? x
          : storage.keep(backend.matrix(rows, otherCols, normalMatrix(rows, otherCols, 20).data));
      const sums = storage.keep(backend.matrix(cols, sumCols, normalMatrix(cols, sumCols, 19).data));
      const prepared = storage.prepared(backend, sums, (recorder) => recorder.gram(sums, x, y, windowLength));
      return otherCols === undefined
        ? { ...prepared, read: async () => upToDiagonal(await prepared.read(), cols) }
        : prepared;
    },
  };
}

export const columnSumsCases: readonly OpCase[] = SIZES.map(columnSumsCase);
export const gramCases: readonly OpCase[] = [
  ...SIZES.map((sizes) => gramCase(sizes)),
  ...SIZES.map((sizes) => gramCase(sizes, Math.ceil(0.4 * sizes.cols) + 1)),
];
