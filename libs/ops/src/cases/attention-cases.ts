import { ATTENTION_SIZES, describe, qkvColumns, rowsOf, selectHeads } from './attention-sizes.ts';
import type { AttentionSizes } from './attention-sizes.ts';
import { ATTENTION } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

/** Queries and keys of this size give scores between about -10 and 10: neither uniform nor one-hot attention. */
const MAGNITUDE = 1.7;

function attentionCase(sizes: AttentionSizes): OpCase {
  const { queryHeads, headDim, windowLength, scale = 'small' } = sizes;
  const rows = rowsOf(sizes);
  return {
    op: 'attention',
    name: `attention ${describe(sizes)}`,
    scale,
    bound: ATTENTION,
    // As if every mask kept everything.
    flops: 4 * rows * queryHeads * headDim * ((windowLength + 1) / 2),
    prepare(backend) {
      const storage = new CaseStorage();
      const values = normalMatrix(rows, qkvColumns(sizes), 13, MAGNITUDE).data;
      const qkv = storage.keep(backend.matrix(rows, qkvColumns(sizes), values));
      const kept = selectHeads(sizes, backend, storage);
      const out = storage.keep(backend.matrix(rows, queryHeads * headDim));
      return storage.prepared(backend, out, (recorder) => recorder.attention(out, qkv, sizes, kept));
    },
  };
}

export const attentionCases: readonly OpCase[] = ATTENTION_SIZES.map(attentionCase);
