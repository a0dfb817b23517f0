import { ATTENTION_SIZES, describe, qkvColumns, rowsOf, selectHeads } from './attention-sizes.ts';
import type { AttentionSizes } from './attention-sizes.ts';
import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

function headNormCase(sizes: AttentionSizes): OpCase {
  const rows = rowsOf(sizes);
  const cols = qkvColumns(sizes);
  return {
    op: 'headNorm',
    name: `headNorm ${describe(sizes)}`,
    scale: sizes.scale ?? 'small',
    bound: WITHOUT_WEIGHTS,
    flops: 4 * rows * (sizes.queryHeads + sizes.kvGroups) * sizes.headDim,
    prepare(backend) {
      const storage = new CaseStorage();
      const qkv = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 32).data));
      const gains = storage.keep(backend.matrix(2, sizes.headDim, normalMatrix(2, sizes.headDim, 33).data));
      const kept = selectHeads(sizes, backend, storage);
      return storage.prepared(backend, qkv, (recorder) => recorder.headNorm(qkv, gains, sizes, 1e-5, kept));
    },
  };
}

export const headNormCases: readonly OpCase[] = ATTENTION_SIZES.map(headNormCase);
