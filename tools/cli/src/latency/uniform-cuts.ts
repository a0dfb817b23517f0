import { emptySet } from '@bonsai/pruning';
import type { BlockKind, UnitSet, UnitTable } from '@bonsai/pruning';

/** A cut that leaves every layer the same share of its units, and what is left in all. */
export interface UniformCut {
  readonly cut: UnitSet;
  readonly kvGroups: number;
  readonly ffnNeurons: number;
}

const GROUP_SHARES = [1, 2 / 3, 1 / 3];
/** Where budgets lie for which pruning is worth while. */
const NEURON_SHARES = [1, 0.8, 0.6, 0.4];

/**
 * Cuts from which the cost of a unit follows: every width of attention with every width of the FFN, the whole model first.
 * @param alignment of FFN widths; where there is none, they are odd: kernels work in tiles, and the widths of a plan fill
 *   their last one as seldom
 */
export function uniformCuts(units: UnitTable, alignment: number): UniformCut[] {
  const kept = (kind: BlockKind, count: number, share: number): number => {
    if (share === 1) return count;
    if (kind === 'kvGroup') return Math.round(count * share);
    return alignment > 1 ? Math.round((count * share) / alignment) * alignment : Math.floor(count * share) | 1;
  };
  const cuts = GROUP_SHARES.flatMap((groups) =>
    NEURON_SHARES.map((neurons) =>
      cutTo(units, (kind, count) => kept(kind, count, kind === 'kvGroup' ? groups : neurons)),
    ),
  );
  return distinct(cuts);
}

function cutTo(units: UnitTable, keptOf: (kind: BlockKind, count: number) => number): UniformCut {
  const cut = emptySet(units);
  const left = { kvGroup: 0, ffnNeuron: 0 };
  for (const { block: kind, start, count } of units.blocks) {
    const kept = Math.min(count, keptOf(kind, count));
    cut.fill(1, start + kept, start + count);
    left[kind] += kept;
  }
  return { cut, kvGroups: left.kvGroup, ffnNeurons: left.ffnNeuron };
}

/** Few units give the same width for several shares. */
function distinct(cuts: readonly UniformCut[]): UniformCut[] {
  const byWidths = new Map(cuts.map((cut) => [`${cut.kvGroups}/${cut.ffnNeurons}`, cut]));
  return [...byWidths.values()];
}
