import { withoutWeights } from './bounds.ts';
import { keptUnits, normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface BiasedGeluSizes {
  readonly rows: number;
  readonly cols: number;
  /** None: nothing is selected. */
  readonly masks?: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly BiasedGeluSizes[] = [
  { rows: 1, cols: 1 },
  { rows: 17, cols: 63 },
  { rows: 31, cols: 257 },
  { rows: 15, cols: 41, masks: 5 },
  { rows: 34, cols: 131, masks: 2 },
  { rows: 8192, cols: 2048, masks: 4, scale: 'large' },
];

/** exp, which WGSL grants 3 + 2|x| units in the last place. */
const BOUND = withoutWeights(1e-11);

function biasedGeluCase({ rows, cols, masks, scale = 'small' }: BiasedGeluSizes): OpCase {
  return {
    op: 'biasedGelu',
    name: `biasedGelu ${rows} x ${cols}, ${masks ?? 'no'} masks`,
    scale,
    bound: BOUND,
    flops: 9 * rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 37, 2).data));
      const bias = storage.keep(backend.matrix(1, cols, normalMatrix(1, cols, 38).data));
      const out = storage.keep(backend.matrix(rows, cols));
      const units = masks === undefined ? undefined : keptUnits(masks, cols, 39);
      const kept = units && storage.keep(backend.selection(units, cols, 1));
      const widths = units?.map(({ length }) => length);
      return storage.prepared(backend, out, (recorder) => recorder.biasedGelu(out, x, bias, kept), widths);
    },
  };
}

export const biasedGeluCases: readonly OpCase[] = SIZES.map(biasedGeluCase);
