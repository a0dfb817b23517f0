import type { Backend, HostMatrix, OpCase, PreparedCase } from '@bonsai/ops';

/** What the benchmark needs of a case of the op table. */
export type BenchCase = Pick<OpCase, 'name' | 'flops' | 'prepare'>;

function ramp(rows: number, cols: number): HostMatrix {
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => ((i * 37) % 101) / 101 - 0.5) };
}

async function prepareGemm(backend: Backend, rows: number, inputs: number, outputs: number): Promise<PreparedCase> {
  const weight = await backend.packWeight(ramp(outputs, inputs));
  const x = backend.matrix(rows, inputs, ramp(rows, inputs).data);
  const output = backend.matrix(rows, outputs);
  return {
    output,
    record: (recorder) => recorder.linear(output, x, weight),
    release: () => {
      for (const held of [weight, x, output]) held.release();
    },
  };
}

/** Shapes by which matrix products are commonly compared: a cube, and an FFN of a small model both ways. */
export const gemmCases: readonly BenchCase[] = (
  [
    [512, 512, 512],
    [2048, 288, 768],
    [2048, 768, 288],
  ] as const
).map(([rows, inputs, outputs]) => ({
  name: `gemm ${rows} x ${inputs} x ${outputs}`,
  flops: 2 * rows * inputs * outputs,
  prepare: (backend) => prepareGemm(backend, rows, inputs, outputs),
}));
