import { WITHOUT_WEIGHTS } from './bounds.ts';
import { keptUnits, normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface AddBiasSizes {
  readonly rows: number;
  readonly units: number;
  readonly unitWidth: number;
  /** None: nothing is selected. */
  readonly masks?: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly AddBiasSizes[] = [
  { rows: 1, units: 1, unitWidth: 1 },
  { rows: 17, units: 63, unitWidth: 1 },
  { rows: 31, units: 257, unitWidth: 1 },
  { rows: 15, units: 7, unitWidth: 6, masks: 5 },
  { rows: 34, units: 131, unitWidth: 1, masks: 2 },
  { rows: 8192, units: 18, unitWidth: 64, masks: 4, scale: 'large' },
];

function addBiasCase({ rows, units, unitWidth, masks, scale = 'small' }: AddBiasSizes): OpCase {
  const cols = units * unitWidth;
  return {
    op: 'addBias',
    name: `addBias ${rows} x ${cols}, ${masks ?? 'no'} masks`,
    scale,
    bound: WITHOUT_WEIGHTS,
    flops: rows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const x = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 29).data));
      const bias = storage.keep(backend.matrix(1, cols, normalMatrix(1, cols, 30).data));
      const kept =
        masks === undefined
          ? undefined
          : storage.keep(backend.selection(keptUnits(masks, units, 31), units, unitWidth));
      return storage.prepared(backend, x, (recorder) => recorder.addBias(x, bias, kept));
    },
  };
}

export const addBiasCases: readonly OpCase[] = SIZES.map(addBiasCase);
