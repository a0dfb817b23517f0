import { integerBelow, seededRandom } from '@bonsai/support';
import { withoutWeights } from './bounds.ts';
import { normalMatrix } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface CopyBlocksSizes {
  readonly blocks: number;
  readonly copies: number;
  readonly blockRows: number;
  readonly cols: number;
  readonly scale?: OpCase['scale'];
}

const SIZES: readonly CopyBlocksSizes[] = [
  { blocks: 1, copies: 1, blockRows: 1, cols: 1 },
  { blocks: 3, copies: 7, blockRows: 5, cols: 13 },
  { blocks: 5, copies: 4, blockRows: 33, cols: 64 },
  { blocks: 8, copies: 16, blockRows: 512, cols: 768, scale: 'large' },
];

function copyBlocksCase({ blocks, copies, blockRows, cols, scale = 'small' }: CopyBlocksSizes): OpCase {
  return {
    op: 'copyBlocks',
    name: `copyBlocks ${copies} of ${blocks} blocks of ${blockRows} x ${cols}`,
    scale,
    bound: withoutWeights(0),
    flops: copies * blockRows * cols,
    prepare(backend) {
      const storage = new CaseStorage();
      const random = seededRandom(29, blocks);
      const ids = Uint32Array.from({ length: copies }, () => integerBelow(random, blocks));
      const sources = storage.keep(backend.indices(ids));
      const x = storage.keep(backend.matrix(blocks * blockRows, cols, normalMatrix(blocks * blockRows, cols, 30).data));
      const out = storage.keep(backend.matrix(copies * blockRows, cols));
      return storage.prepared(backend, out, (recorder) => recorder.copyBlocks(out, x, sources));
    },
  };
}

export const copyBlocksCases: readonly OpCase[] = SIZES.map(copyBlocksCase);
