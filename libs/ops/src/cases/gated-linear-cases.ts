import { GATED } from './bounds.ts';
import { normalMatrix, normalWeight } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface GatedLinearSizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly GatedLinearSizes[] = [
  { rows: 1, inputs: 1, outputs: 1 },
  { rows: 1, inputs: 3, outputs: 2 },
  { rows: 7, inputs: 13, outputs: 17 },
  { rows: 64, inputs: 64, outputs: 96 },
  { rows: 129, inputs: 67, outputs: 131 },
  { rows: 4096, inputs: 768, outputs: 2048, scale: 'large' },
];

function gatedLinearCase({ rows, inputs, outputs, scale = 'small' }: GatedLinearSizes): OpCase {
  return {
    op: 'gatedLinear',
    name: `gatedLinear ${rows} x ${inputs} -> ${outputs}`,
    scale,
    bound: GATED,
    flops: 4 * rows * inputs * outputs,
    async prepare(backend) {
      const storage = new CaseStorage();
      const gate = normalWeight(outputs, inputs, 8);
      const weight = storage.keep(await backend.packGatedWeight(gate, normalWeight(outputs, inputs, 9)));
      const x = storage.keep(backend.matrix(rows, inputs, normalMatrix(rows, inputs, 10).data));
      const out = storage.keep(backend.matrix(rows, outputs));
      return storage.prepared(backend, out, (recorder) => recorder.gatedLinear(out, x, weight));
    },
  };
}

export const gatedLinearCases: readonly OpCase[] = SIZES.map(gatedLinearCase);
