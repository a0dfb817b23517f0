import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface AddScaledSizes {
  readonly rows: number;
  readonly cols: number;
  readonly factor: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly AddScaledSizes[] = [
  { rows: 1, cols: 1, factor: 3 },
  { rows: 17, cols: 63, factor: -1 },
  { rows: 31, cols: 257, factor: 0.5 },
  { rows: 8192, cols: 1152, factor: -0.5, scale: 'large' },
];

function addScaledCase({ rows, cols, factor, scale = 'small' }: AddScaledSizes): OpCase {
  return {
    op: 'addScaled',
    name: `addScaled ${rows} x ${cols} by ${factor}`,
    scale,
    bound: WITHOUT_WEIGHTS,
    flops: 2 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 33).data));
      const y = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 34).data));
      return storage.prepared(backend, x, (recorder) => recorder.addScaled(x, y, factor));
    },
  };
}

export const addScaledCases: readonly OpCase[] = SIZES.map(addScaledCase);
