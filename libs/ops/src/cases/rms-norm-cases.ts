import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface RmsNormSizes {
  readonly rows: number;
  readonly cols: number;
  readonly epsilon: number;
  /** Size of the input's values; tiny ones let epsilon matter. */
  readonly magnitude: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly RmsNormSizes[] = [
  { rows: 1, cols: 1, epsilon: 1e-5, magnitude: 1 },
  { rows: 3, cols: 2, epsilon: 1e-5, magnitude: 1e-3 },
  { rows: 17, cols: 63, epsilon: 1e-6, magnitude: 100 },
  { rows: 5, cols: 64, epsilon: 1e-5, magnitude: 1 },
  { rows: 31, cols: 257, epsilon: 1e-5, magnitude: 1 },
  { rows: 2, cols: 1031, epsilon: 1e-6, magnitude: 1e-2 },
  { rows: 8192, cols: 768, epsilon: 1e-5, magnitude: 1, scale: 'large' },
];

function rmsNormCase({ rows, cols, epsilon, magnitude, scale = 'small' }: RmsNormSizes): OpCase {
  return {
    op: 'rmsNorm',
    name: `rmsNorm ${rows} x ${cols}, values of ${magnitude}, epsilon ${epsilon}`,
    scale,
    bound: WITHOUT_WEIGHTS,
    flops: 4 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 3, magnitude).data));
      const gain = storage.keep(backend.matrix(1, cols, normalMatrix(1, cols, 4).data));
      const out = storage.keep(backend.matrix(rows, cols));
      return storage.prepared(backend, out, (recorder) => recorder.rmsNorm(out, x, gain, epsilon));
    },
  };
}

export const rmsNormCases: readonly OpCase[] = SIZES.map(rmsNormCase);
