import { ATTENTION_SIZES, describe, qkvColumns, rowsOf, selectHeads } from './attention-sizes.ts';
import type { AttentionSizes } from './attention-sizes.ts';
import { WITHOUT_WEIGHTS } from './bounds.ts';
import { normalMatrix, rotationTable } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

function rotaryEmbeddingCase(sizes: AttentionSizes): OpCase {
  const rows = rowsOf(sizes);
  const cols = qkvColumns(sizes);
  return {
    op: 'rotaryEmbedding',
    name: `rotaryEmbedding ${describe(sizes)}`,
    scale: sizes.scale ?? 'small',
    bound: WITHOUT_WEIGHTS,
    flops: 3 * rows * (sizes.queryHeads + sizes.kvGroups) * sizes.headDim,
    prepare(backend) {
      const storage = new CaseStorage();
      const { windowLength, headDim, rotated = headDim } = sizes;
      const angles = rotationTable(windowLength, rotated).data;
      const table = storage.keep(backend.matrix(windowLength, rotated, angles));
      const qkv = storage.keep(backend.matrix(rows, cols, normalMatrix(rows, cols, 12).data));
      const kept = selectHeads(sizes, backend, storage);
      return storage.prepared(backend, qkv, (recorder) => recorder.rotaryEmbedding(qkv, table, sizes, kept));
    },
  };
}

/** More positions than a dimension of a grid takes workgroups. */
const LONG_WINDOW = { masks: 0, windowsPerMask: 1, windowLength: 65_537, headDim: 2, queryHeads: 1, kvGroups: 1 };

export const rotaryEmbeddingCases: readonly OpCase[] = [...ATTENTION_SIZES, LONG_WINDOW].map(rotaryEmbeddingCase);
