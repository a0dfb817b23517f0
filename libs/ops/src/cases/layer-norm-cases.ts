import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface LayerNormSizes {
  readonly rows: number;
  readonly cols: number;
  readonly moreColumns?: number;
  readonly epsilon: number;
  /** Size of the input's values; tiny ones let epsilon matter. */
  readonly magnitude: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly LayerNormSizes[] = [
  { rows: 1, cols: 1, epsilon: 1e-5, magnitude: 1 },
  { rows: 3, cols: 2, epsilon: 1e-5, magnitude: 1e-3 },
  { rows: 17, cols: 63, moreColumns: 1, epsilon: 1e-6, magnitude: 100 },
  { rows: 5, cols: 64, moreColumns: 1, epsilon: 1e-5, magnitude: 1 },
  { rows: 31, cols: 257, epsilon: 1e-5, magnitude: 1 },
  { rows: 8192, cols: 768, epsilon: 1e-5, magnitude: 1, scale: 'large' },
];

function layerNormCase({ rows, cols, moreColumns = 0, epsilon, magnitude, scale = 'small' }: LayerNormSizes): OpCase {
  const columns = cols + moreColumns;
  return {
    op: 'layerNorm',
    name: `layerNorm ${rows} x ${cols} -> ${columns}, values of ${magnitude}, epsilon ${epsilon}`,
    scale,
    bound: WITHOUT_WEIGHTS,
    flops: 7 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 34, magnitude).data));
      const gain = storage.keep(backend.matrix(1, columns, normalMatrix(1, columns, 35).data));
      const bias = storage.keep(backend.matrix(1, columns, normalMatrix(1, columns, 36).data));
      const out = storage.keep(backend.matrix(rows, columns));
      return storage.prepared(backend, out, (recorder) => recorder.layerNorm(out, x, gain, bias, epsilon));
    },
  };
}

export const layerNormCases: readonly OpCase[] = SIZES.map(layerNormCase);
