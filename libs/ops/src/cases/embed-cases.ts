import { COPY } from './bounds.ts';
import { normalMatrix, tokenIds } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface EmbedSizes {
  readonly masks: number;
  readonly tokens: number;
  readonly vocabulary: number;
  readonly hidden: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly EmbedSizes[] = [
  { masks: 1, tokens: 1, vocabulary: 1, hidden: 1 },
  { masks: 1, tokens: 2, vocabulary: 31, hidden: 5 },
  { masks: 3, tokens: 7, vocabulary: 101, hidden: 64 },
  { masks: 2, tokens: 67, vocabulary: 257, hidden: 131 },
  { masks: 8, tokens: 1024, vocabulary: 32_000, hidden: 288, scale: 'large' },
];

function embedCase({ masks, tokens, vocabulary, hidden, scale = 'small' }: EmbedSizes): OpCase {
  return {
    op: 'embed',
    name: `embed ${masks} masks, ${tokens} tokens of ${vocabulary}, hidden ${hidden}`,
    scale,
    bound: COPY,
    flops: 0,
    async prepare(backend) {
      const storage = new CaseStorage();
      const table = storage.keep(await backend.packWeight(normalMatrix(vocabulary, hidden, 1)));
      const ids = storage.keep(backend.indices(tokenIds(tokens, vocabulary, 2)));
      const out = storage.keep(backend.matrix(masks * tokens, hidden));
      return storage.prepared(backend, out, (recorder) => recorder.embed(out, table, ids));
    },
  };
}

export const embedCases: readonly OpCase[] = SIZES.map(embedCase);
