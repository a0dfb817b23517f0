import { keptQueryHeads } from '@bonsai/pruning';
import type { KeptLayer, UnitSet, UnitTable } from '@bonsai/pruning';

/** The branches of a batch at one block of a layer. Masks that are equal up to here share a branch, and so its rows. */
export interface BranchedBlock {
  /** For every branch the one that it comes from at the block before. */
  readonly parents: Uint32Array;
  /** For every branch the neurons, or the query heads, of the block's weights that its masks keep, ascending. */
  readonly kept: readonly Uint32Array[];
}

export interface MaskBranches {
  /** One entry per layer. */
  readonly layers: readonly { readonly attention: BranchedBlock; readonly ffn: BranchedBlock }[];
  /** For every mask its branch behind the last layer. */
  readonly ends: Uint32Array;
}

/** Finds what masks share: they all start as one branch, which divides where the first of them differ. */
export function branchMasks(units: UnitTable, layers: readonly KeptLayer[], masks: readonly UnitSet[]): MaskBranches {
  let branches = new Uint32Array(masks.length);
  const divide = (keptBy: (mask: UnitSet) => Uint32Array): BranchedBlock => {
    const block = divideBranches(branches, masks.map(keptBy));
    branches = block.branches;
    return block;
  };
  const divided = layers.map((kept) => ({
    attention: divide((mask) => keptHeads(units, kept, mask)),
    ffn: divide((mask) => keptNeurons(units, kept, mask)),
  }));
  return { layers: divided, ends: branches };
}

function divideBranches(
  before: Uint32Array,
  keptByMasks: readonly Uint32Array[],
): BranchedBlock & { readonly branches: Uint32Array<ArrayBuffer> } {
  const found = new Map<string, number>();
  const parents: number[] = [];
  const kept: Uint32Array[] = [];
  const branches = keptByMasks.map((keptByMask, m) => {
    const parent = before[m] as number;
    const key = `${parent}:${bytesOf(keptByMask)}`;
    const branch = found.get(key) ?? found.size;
    if (branch === found.size) {
      found.set(key, branch);
      parents.push(parent);
      kept.push(keptByMask);
    }
    return branch;
  });
  return { parents: Uint32Array.from(parents), kept, branches: Uint32Array.from(branches) };
}

/** As a string, to compare by: numbers in digits take twenty times as long to write. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

/** Positions in the compacted weights of the neurons that a mask leaves. */
function keptNeurons(units: UnitTable, { layer, ffnNeurons }: KeptLayer, mask: UnitSet): Uint32Array {
  const { start } = units.module(layer, 'ffnNeuron');
  const kept = new Uint32Array(ffnNeurons.length);
  let count = 0;
  for (let i = 0; i < ffnNeurons.length; i++) {
    if (mask[start + (ffnNeurons[i] as number)] === 0) kept[count++] = i;
  }
  return kept.slice(0, count);
}

/** Positions in the compacted weights of the query heads that a mask leaves. */
function keptHeads(units: UnitTable, { layer, queryHeads }: KeptLayer, mask: UnitSet): Uint32Array {
  const left = new Set(keptQueryHeads(units, layer, mask));
  return Uint32Array.from(queryHeads.keys()).filter((i) => left.has(queryHeads[i] as number));
}
