import { LINEAR } from './bounds.ts';
import { normalMatrix, normalWeight } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface LinearSizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** `inPlace`: the residual is the output itself, as in a transformer's blocks. */
  readonly residual?: 'separate' | 'inPlace';
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly LinearSizes[] = [
  { rows: 1, inputs: 1, outputs: 1 },
  { rows: 1, inputs: 37, outputs: 3 },
  { rows: 2, inputs: 1, outputs: 5, residual: 'separate' },
  { rows: 7, inputs: 13, outputs: 5, residual: 'inPlace' },
  { rows: 32, inputs: 64, outputs: 96 },
  { rows: 61, inputs: 67, outputs: 71, residual: 'separate' },
  { rows: 64, inputs: 128, outputs: 64, residual: 'inPlace' },
  { rows: 129, inputs: 257, outputs: 65 },
  { rows: 3, inputs: 1031, outputs: 193, residual: 'inPlace' },
  { rows: 4096, inputs: 768, outputs: 768, residual: 'inPlace', scale: 'large' },
  { rows: 4096, inputs: 768, outputs: 2048, scale: 'large' },
];

function linearCase({ rows, inputs, outputs, residual, scale = 'small' }: LinearSizes): OpCase {
  return {
    op: 'linear',
    name: `linear ${rows} x ${inputs} -> ${outputs}${residual === undefined ? '' : `, residual ${residual}`}`,
    scale,
    bound: LINEAR,
    flops: 2 * rows * inputs * outputs,
    async prepare(backend) {
      const storage = new CaseStorage();
      const weight = storage.keep(await backend.packWeight(normalWeight(outputs, inputs, 5)));
      const x = storage.keep(backend.matrix(rows, inputs, normalMatrix(rows, inputs, 6).data));
      const added = normalMatrix(rows, outputs, 7).data;
      const out = storage.keep(backend.matrix(rows, outputs, residual === 'inPlace' ? added : undefined));
      const separate = residual === 'separate' ? storage.keep(backend.matrix(rows, outputs, added)) : undefined;
      return storage.prepared(backend, out, (recorder) =>
        recorder.linear(out, x, weight, residual === 'inPlace' ? out : separate),
      );
    },
  };
}

export const linearCases: readonly OpCase[] = SIZES.map(linearCase);
