import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface RowCosinesSizes {
  readonly rows: number;
  readonly cols: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly RowCosinesSizes[] = [
  { rows: 1, cols: 1 },
  { rows: 67, cols: 3 },
  { rows: 17, cols: 64 },
  { rows: 129, cols: 257 },
  { rows: 8192, cols: 768, scale: 'large' },
];

/** y is x and noise of the same size, so that no cosine is the small difference of large sums. */
function rowCosinesCase({ rows, cols, scale = 'small' }: RowCosinesSizes): OpCase {
  return {
    op: 'rowCosines',
    name: `rowCosines ${rows} x ${cols}`,
    scale,
    bound: WITHOUT_WEIGHTS,
    flops: 6 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = normalMatrix(rows, cols, 20, 100).data;
      const noise = normalMatrix(rows, cols, 21, 100).data;
      const entering = storage.keep(backend.matrix(rows, cols, x));
      const leaving = storage.keep(
        backend.matrix(
          rows,
          cols,
          x.map((value, i) => value + (noise[i] as number)),
        ),
      );
      const out = storage.keep(backend.matrix(rows, 1));
      return storage.prepared(backend, out, (recorder) => recorder.rowCosines(out, entering, leaving));
    },
  };
}

export const rowCosinesCases: readonly OpCase[] = SIZES.map(rowCosinesCase);
