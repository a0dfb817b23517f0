import { LOSS } from './bounds.ts';
import { normalMatrix, normalWeight, targetIds } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface LossSizes {
  readonly masks: number;
  readonly targets: number;
  readonly hidden: number;
  readonly vocabulary: number;
  /** Size of the inputs' values: large ones give peaked distributions whose exponentials would overflow unshifted. */
  readonly magnitude: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly LossSizes[] = [
  { masks: 1, targets: 1, hidden: 1, vocabulary: 2, magnitude: 1 },
  { masks: 1, targets: 2, hidden: 5, vocabulary: 3, magnitude: 1 },
  { masks: 3, targets: 7, hidden: 13, vocabulary: 127, magnitude: 1 },
  { masks: 1, targets: 64, hidden: 64, vocabulary: 512, magnitude: 3 },
  { masks: 2, targets: 33, hidden: 67, vocabulary: 1031, magnitude: 1 },
  { masks: 1, targets: 5, hidden: 48, vocabulary: 2049, magnitude: 100 },
  { masks: 4, targets: 1024, hidden: 288, vocabulary: 32_000, magnitude: 1, scale: 'large' },
];

function lossCase({ masks, targets, hidden, vocabulary, magnitude, scale = 'small' }: LossSizes): OpCase {
  const rows = masks * targets;
  return {
    op: 'negativeLogLikelihood',
    name: `negativeLogLikelihood ${rows} rows of ${hidden}, vocabulary ${vocabulary}, values of ${magnitude}`,
    scale,
    bound: LOSS,
    flops: 2 * rows * hidden * vocabulary,
    async prepare(backend) {
      const storage = new CaseStorage();
      const head = storage.keep(await backend.packWeight(normalWeight(vocabulary, hidden, 15)));
      const x = storage.keep(backend.matrix(rows, hidden, normalMatrix(rows, hidden, 16, magnitude).data));
      const ids = storage.keep(backend.indices(targetIds(targets, vocabulary, 17)));
      const out = storage.keep(backend.matrix(rows, 1));
      return storage.prepared(backend, out, (recorder) => recorder.negativeLogLikelihood(out, x, head, ids));
    },
  };
}

export const negativeLogLikelihoodCases: readonly OpCase[] = SIZES.map(lossCase);
