import { GATED } from './bounds.ts';
import { maskFactors, normalMatrix, normalWeight } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface GatedLinearSizes {
  /** 0: no factors are given. */
  readonly masks: number;
  readonly rowsPerMask: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly GatedLinearSizes[] = [
  { masks: 0, rowsPerMask: 1, inputs: 1, outputs: 1 },
  { masks: 1, rowsPerMask: 1, inputs: 3, outputs: 2 },
  { masks: 0, rowsPerMask: 7, inputs: 13, outputs: 17 },
  { masks: 5, rowsPerMask: 3, inputs: 31, outputs: 37 },
  { masks: 2, rowsPerMask: 32, inputs: 64, outputs: 96 },
  { masks: 3, rowsPerMask: 43, inputs: 67, outputs: 131 },
  { masks: 4, rowsPerMask: 1024, inputs: 768, outputs: 2048, scale: 'large' },
];

function gatedLinearCase({ masks, rowsPerMask, inputs, outputs, scale = 'small' }: GatedLinearSizes): OpCase {
  const rows = Math.max(1, masks) * rowsPerMask;
  return {
    op: 'gatedLinear',
    name: `gatedLinear ${rows} x ${inputs} -> ${outputs}, ${masks === 0 ? 'no' : masks} masks`,
    scale,
    bound: GATED,
    flops: 4 * rows * inputs * outputs,
    async prepare(backend) {
      const storage = new CaseStorage();
      const gate = normalWeight(outputs, inputs, 8);
      const weight = storage.keep(await backend.packGatedWeight(gate, normalWeight(outputs, inputs, 9)));
      const x = storage.keep(backend.matrix(rows, inputs, normalMatrix(rows, inputs, 10).data));
      const factors =
        masks === 0 ? undefined : storage.keep(backend.matrix(masks, outputs, maskFactors(masks, outputs, 11).data));
      const out = storage.keep(backend.matrix(rows, outputs));
      return storage.prepared(out, (recorder) => recorder.gatedLinear(out, x, weight, factors));
    },
  };
}

export const gatedLinearCases: readonly OpCase[] = SIZES.map(gatedLinearCase);
