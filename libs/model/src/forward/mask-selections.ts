import type { Backend, Indices, Selection } from '@bonsai/ops';
import type { KeptLayer, UnitSet, UnitTable } from '@bonsai/pruning';
import type { Holdings } from '../holdings.ts';
import { branchMasks } from './mask-branches.ts';
import type { BranchedBlock } from './mask-branches.ts';

/** What the branches of a batch keep of one block: all of them everything, all of them nothing, or each its own. */
export type KeptOfBlock<Selections> = 'everything' | 'nothing' | Selections;

export interface AttentionSelections {
  /** Of query heads. */
  readonly queries: Selection;
  /** Of the heads in a row of queries, keys and values: these queries with the keys and values that they read. */
  readonly heads: Selection;
}

export interface MaskedBlock<Selections> {
  readonly branches: number;
  /** For every branch the one that it comes from; none where the branches are those of the block before. */
  readonly parents: Indices | undefined;
  readonly kept: KeptOfBlock<Selections>;
}

export interface MaskedLayer {
  readonly attention: MaskedBlock<AttentionSelections>;
  /** Selections of neurons. */
  readonly ffn: MaskedBlock<Selection>;
}

/** Masks of a batch on a device. */
export interface BatchedMasks {
  readonly layers: readonly MaskedLayer[];
  /** For every mask its branch behind the last layer. */
  readonly ends: Uint32Array;
}

/** Uploads what masks keep of the units that are still in the weights. */
export function uploadMasks(
  backend: Backend,
  headDim: number,
  units: UnitTable,
  layers: readonly KeptLayer[],
  masks: readonly UnitSet[],
  holdings: Holdings,
): BatchedMasks {
  const { layers: branched, ends } = branchMasks(units, layers, masks);
  const block = <Selections>(
    { parents, kept }: BranchedBlock,
    count: number,
    select: () => Selections,
  ): MaskedBlock<Selections> => {
    const same = parents.every((parent, branch) => parent === branch);
    return {
      branches: parents.length,
      parents: same ? undefined : holdings.keep(backend.indices(parents)),
      kept: keptOf(kept, count, select),
    };
  };
  const maskedLayers = branched.map((blocks, layer) => {
    const kept = layers[layer] as KeptLayer;
    const neurons = kept.ffnNeurons.length;
    const selectHeads = (): AttentionSelections => {
      const { queries, heads } = headsOf(blocks.attention.kept, kept);
      return {
        queries: holdings.keep(backend.selection(queries.kept, queries.count, headDim, queries.perGroup)),
        heads: holdings.keep(backend.selection(heads.kept, heads.count, headDim)),
      };
    };
    return {
      attention: block(blocks.attention, kept.queryHeads.length, selectHeads),
      ffn: block(blocks.ffn, neurons, () => holdings.keep(backend.selection(blocks.ffn.kept, neurons, 1))),
    };
  });
  return { layers: maskedLayers, ends };
}

function keptOf<Selections>(
  kept: readonly Uint32Array[],
  count: number,
  select: () => Selections,
): KeptOfBlock<Selections> {
  if (kept.every(({ length }) => length === count)) return 'everything';
  if (kept.every(({ length }) => length === 0)) return 'nothing';
  return select();
}

/** Query heads, and the heads in a row of queries, keys and values, that masks keep of a layer's weights. */
function headsOf(
  kept: readonly Uint32Array[],
  { kvGroups, queryHeads }: KeptLayer,
): Record<
  'queries' | 'heads',
  { readonly kept: readonly Uint32Array[]; readonly count: number; readonly perGroup: number }
> {
  const count = queryHeads.length;
  const perGroup = count / kvGroups.length;
  const withGroups = kept.map((heads) => {
    const keys = [...new Set(heads.map((head) => Math.floor(head / perGroup)))].map((group) => count + group);
    return Uint32Array.from([...heads, ...keys, ...keys.map((head) => head + kvGroups.length)]);
  });
  return {
    queries: { kept, count, perGroup },
    heads: { kept: withGroups, count: count + 2 * kvGroups.length, perGroup: 1 },
  };
}
