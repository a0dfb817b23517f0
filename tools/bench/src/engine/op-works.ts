import type { Backend, HostMatrix } from '@bonsai/ops';
import { opCases } from '@bonsai/ops/cases';
import type { Work } from './measure.ts';

/** Work of one submission, so that small products do not measure the submission. */
const FLOPS_PER_SUBMIT = 4e9;

/** Shapes by which products are commonly compared: a cube, and an FFN of a small model both ways. */
export const PRODUCT_SHAPES: readonly (readonly [rows: number, inputs: number, outputs: number])[] = [
  [512, 512, 512],
  [2048, 288, 768],
  [2048, 768, 288],
];

export function ramp(rows: number, cols: number): HostMatrix {
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => ((i * 37) % 101) / 101 - 0.5) };
}

export async function productWork(
  backend: Backend,
  [rows, inputs, outputs]: readonly [number, number, number],
): Promise<Work> {
  const weight = await backend.packWeight(ramp(outputs, inputs));
  const x = backend.matrix(rows, inputs, ramp(rows, inputs).data);
  const out = backend.matrix(rows, outputs);
  const flops = 2 * rows * inputs * outputs;
  const runs = Math.ceil(FLOPS_PER_SUBMIT / flops);
  return {
    name: `product ${rows} x ${inputs} x ${outputs}`,
    flops: runs * flops,
    async run() {
      const recorder = backend.recorder();
      for (let i = 0; i < runs; i++) recorder.linear(out, x, weight);
      await backend.submit(recorder);
    },
  };
}

/** The large cases of the op table for attention and head. */
export async function tableWorks(backend: Backend): Promise<Work[]> {
  const cases = opCases.filter(
    ({ op, scale }) => scale === 'large' && ['attention', 'negativeLogLikelihood'].includes(op),
  );
  const works: Work[] = [];
  for (const opCase of cases) {
    const { name, flops } = opCase;
    const prepared = await opCase.prepare(backend);
    works.push({
      name,
      flops,
      async run() {
        const recorder = backend.recorder();
        prepared.record(recorder);
        await backend.submit(recorder);
      },
    });
  }
  return works;
}
