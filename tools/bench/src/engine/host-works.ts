import { obsWork, refitWork, runHostWork } from '@bonsai/model';
import { obsMultiplications, refitMultiplications } from '@bonsai/pruning';
import { ramp } from './op-works.ts';
import type { Work } from './measure.ts';

/** What one FFN of a small model asks of the host. */
const COLUMNS = 2048;
const OUTPUTS = 512;

/** Gram matrices are summed on the device; what is factored and solved then, in f64 and by one thread per core, is here. */
export function hostWorks(): Work[] {
  const weight = ramp(OUTPUTS, COLUMNS);
  const gram = { rows: COLUMNS, cols: COLUMNS, data: positiveDefinite(COLUMNS) };
  const aim = ramp(COLUMNS, OUTPUTS);
  const kept = Array.from({ length: COLUMNS / 2 }, (_, i) => 2 * i);
  return [
    {
      name: `least squares on the host, ${kept.length} of ${COLUMNS} columns left, ${OUTPUTS} outputs`,
      flops: 2 * refitMultiplications(kept.length, COLUMNS, OUTPUTS),
      async run() {
        await runHostWork(refitWork({ gram, weight, kept, ridge: 1e-2, aim }));
      },
    },
    {
      name: `OBS energies on the host, ${COLUMNS} columns`,
      flops: 2 * obsMultiplications(COLUMNS),
      async run() {
        await runHostWork(obsWork({ gram, tokens: 1, weight, ridge: 1e-2, widths: [1] }));
      },
    },
  ];
}

/** 1 on the diagonal and a matrix of rank one. */
function positiveDefinite(size: number): Float32Array {
  const { data } = ramp(1, size);
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return (data[i] ?? 0) * (data[j] ?? 0) + (i === j ? 1 : 0);
  });
}
