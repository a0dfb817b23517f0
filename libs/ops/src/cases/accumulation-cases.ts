import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface AccumulationSizes {
  readonly rows: number;
  readonly cols: number;
  readonly scale?: OpCase['scale'];
}

/** As other sums; a single sum may nearly cancel what it is added to, which multiplies its rounding by ten and more. */
const BOUND: OpCase['bound'] = { f32: 1e-11, f16: 1e-11 };

const SIZES: readonly AccumulationSizes[] = [
  { rows: 1, cols: 1 },
  { rows: 1, cols: 13 },
  { rows: 17, cols: 3 },
  { rows: 64, cols: 64 },
  { rows: 257, cols: 67 },
  { rows: 1031, cols: 33 },
  { rows: 4096, cols: 768, scale: 'large' },
];

/** The sums start from values that are not zero: these ops add. */
function accumulationCase(op: 'columnSums' | 'gram', { rows, cols, scale = 'small' }: AccumulationSizes): OpCase {
  const sumRows = op === 'gram' ? cols : 3;
  return {
    op,
    name: `${op} ${rows} x ${cols}`,
    scale,
    bound: BOUND,
    flops: op === 'gram' ? 2 * rows * cols * cols : 4 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 18).data));
      const sums = storage.keep(backend.matrix(sumRows, cols, normalMatrix(sumRows, cols, 19).data));
      return storage.prepared(sums, (recorder) => recorder[op](sums, x));
    },
  };
}

export const columnSumsCases: readonly OpCase[] = SIZES.map((sizes) => accumulationCase('columnSums', sizes));
export const gramCases: readonly OpCase[] = SIZES.map((sizes) => accumulationCase('gram', sizes));
