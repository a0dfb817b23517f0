import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend, Indices, Selection } from '@bonsai/ops';
import type { UnitSet } from '@bonsai/pruning';
import type { Holdings } from '../holdings.ts';
import type { KeptLayer } from '../load/kept-units.ts';
import { branchMasks } from './mask-branches.ts';
import type { BranchedBlock } from './mask-branches.ts';

/** What the branches of a batch keep of one block: all of them everything, all of them nothing, or each its own. */
export type KeptOfBlock<Selections> = 'everything' | 'nothing' | Selections;

export interface AttentionSelections {
  /** Of KV groups. */
  readonly groups: Selection;
  /** Of the heads in a row of queries, keys and values: those of the same groups. */
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
  config: ModelConfig,
  layers: readonly KeptLayer[],
  masks: readonly UnitSet[],
  holdings: Holdings,
): BatchedMasks {
  const { layers: branched, ends } = branchMasks(layers, masks);
  const block = <Selections>(
    { parents, kept }: BranchedBlock,
    units: number,
    select: () => Selections,
  ): MaskedBlock<Selections> => {
    const same = parents.every((parent, branch) => parent === branch);
    return {
      branches: parents.length,
      parents: same ? undefined : holdings.keep(backend.indices(parents)),
      kept: keptOf(kept, units, select),
    };
  };
  const maskedLayers = branched.map(({ kvGroup, ffnNeuron }, layer) => {
    const groups = layers[layer]?.attention.indices.length ?? 0;
    const neurons = layers[layer]?.ffn.indices.length ?? 0;
    return {
      attention: block(kvGroup, groups, () => selectGroups(backend, config, kvGroup.kept, groups, holdings)),
      ffn: block(ffnNeuron, neurons, () => holdings.keep(backend.selection(ffnNeuron.kept, neurons, 1))),
    };
  });
  return { layers: maskedLayers, ends };
}

function keptOf<Selections>(
  kept: readonly Uint32Array[],
  units: number,
  select: () => Selections,
): KeptOfBlock<Selections> {
  if (kept.every(({ length }) => length === units)) return 'everything';
  if (kept.every(({ length }) => length === 0)) return 'nothing';
  return select();
}

function selectGroups(
  backend: Backend,
  { headDim, queryHeads, kvHeads }: ModelConfig,
  kept: readonly Uint32Array[],
  groups: number,
  holdings: Holdings,
): AttentionSelections {
  const queriesPerGroup = queryHeads / kvHeads;
  const heads = kept.map((keptGroups) => headsOf(keptGroups, groups, queriesPerGroup));
  return {
    groups: holdings.keep(backend.selection(kept, groups, queriesPerGroup * headDim)),
    heads: holdings.keep(backend.selection(heads, groups * (queriesPerGroup + 2), headDim)),
  };
}

/** Positions, in a row of queries, keys and values, of the heads of the given groups; ascending. */
function headsOf(kept: Uint32Array, groups: number, queriesPerGroup: number): Uint32Array {
  const queries = [...kept].flatMap((group) =>
    Array.from({ length: queriesPerGroup }, (_, i) => group * queriesPerGroup + i),
  );
  const keys = [...kept].map((group) => groups * queriesPerGroup + group);
  return Uint32Array.from([...queries, ...keys, ...keys.map((head) => head + groups)]);
}
