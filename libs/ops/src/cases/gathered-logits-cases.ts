import { LINEAR } from './bounds.ts';
import { normalMatrix, normalWeight, tokenIds } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface GatheredLogitsSizes {
  readonly masks: number;
  /** Rows that have tokens of their own. */
  readonly rows: number;
  /** Tokens per row. */
  readonly count: number;
  readonly hidden: number;
  readonly vocabulary: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly GatheredLogitsSizes[] = [
  { masks: 1, rows: 1, count: 1, hidden: 1, vocabulary: 1 },
  { masks: 1, rows: 5, count: 2, hidden: 7, vocabulary: 3 },
  { masks: 3, rows: 7, count: 65, hidden: 13, vocabulary: 127 },
  { masks: 2, rows: 33, count: 17, hidden: 67, vocabulary: 1031 },
  { masks: 67, rows: 1, count: 3, hidden: 64, vocabulary: 512 },
  { masks: 8, rows: 1024, count: 65, hidden: 288, vocabulary: 32_000, scale: 'large' },
];

function gatheredLogitsCase({ masks, rows, count, hidden, vocabulary, scale = 'small' }: GatheredLogitsSizes): OpCase {
  return {
    op: 'gatheredLogits',
    name: `gatheredLogits ${count} of ${vocabulary}, ${masks} masks, ${rows} rows of ${hidden}`,
    scale,
    bound: LINEAR,
    flops: 2 * masks * rows * count * hidden,
    async prepare(backend) {
      const storage = new CaseStorage();
      const head = storage.keep(await backend.packWeight(normalWeight(vocabulary, hidden, 31)));
      const x = storage.keep(backend.matrix(masks * rows, hidden, normalMatrix(masks * rows, hidden, 32).data));
      const tokens = storage.keep(backend.indices(tokenIds(rows * count, vocabulary, 33)));
      const out = storage.keep(backend.matrix(masks * rows, count));
      return storage.prepared(backend, out, (recorder) => recorder.gatheredLogits(out, x, head, tokens));
    },
  };
}

export const gatheredLogitsCases: readonly OpCase[] = SIZES.map(gatheredLogitsCase);
