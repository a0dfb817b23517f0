import { emptySet, withoutHeadsOfGroups } from '@bonsai/pruning';
import type { TimedWidths, UnitSet, UnitTable } from '@bonsai/pruning';

/** A cut that leaves every layer the same share of its units, and what is left in all. */
export interface UniformCut {
  readonly cut: UnitSet;
  readonly widths: Omit<TimedWidths, 'time'>;
}

/** What the plans may be that costs are for. */
export interface CutChoices {
  /** Of FFN widths; 0: any. */
  readonly alignment: number;
  /** Whether query heads may go without their group. */
  readonly queryHeads: boolean;
}

/** What a cut leaves of a layer. */
interface Shares {
  readonly groups: number;
  readonly neurons: number;
  /** Of every group that is left. */
  readonly heads: number;
}

const GROUP_SHARES = [1, 2 / 3, 1 / 3];
/** Where budgets lie for which pruning is worth while. */
const NEURON_SHARES = [1, 0.8, 0.6, 0.4];
/** With fewer heads half as many widths of the FFN do, where neurons are told from the rest already. */
const NEURON_SHARES_OF_FEWER_HEADS = [1, 0.6];

/**
 * Cuts from which the cost of a unit follows: every width of attention with every width of the FFN, the whole model first.
 * Where an FFN has no alignment, its widths are odd: kernels work in tiles, and the widths of a plan fill their last one as seldom.
 */
export function uniformCuts(units: UnitTable, choices: CutChoices): UniformCut[] {
  const withHeads = (neuronShares: readonly number[], heads: number): Shares[] =>
    GROUP_SHARES.flatMap((groups) => neuronShares.map((neurons) => ({ groups, neurons, heads })));
  const shares = withHeads(NEURON_SHARES, 1);
  if (choices.queryHeads) shares.push(...withHeads(NEURON_SHARES_OF_FEWER_HEADS, 1 / 2));
  return distinct(shares.map((share) => cutTo(units, share, choices)));
}

function cutTo(units: UnitTable, { groups, neurons, heads }: Shares, choices: CutChoices): UniformCut {
  const cut = emptySet(units);
  const left = { attention: 0, ffn: 0 };
  for (const { block, start, count } of units.blocks) {
    const kept = block === 'attention' ? Math.round(count * groups) : keptNeurons(count, neurons, choices.alignment);
    cut.fill(1, start + kept, start + count);
    left[block] += kept;
  }
  const perGroup = Math.round(units.shape.queryHeadsPerGroup * heads);
  if (choices.queryHeads) cutHeads(units, cut, perGroup);
  const widths = { kvGroups: left.attention, ffnNeurons: left.ffn };
  return {
    cut: withoutHeadsOfGroups(units, cut),
    widths: choices.queryHeads ? { ...widths, queryHeads: left.attention * perGroup } : widths,
  };
}

function keptNeurons(count: number, share: number, alignment: number): number {
  if (share === 1) return count;
  const kept = alignment > 1 ? Math.round((count * share) / alignment) * alignment : Math.floor(count * share) | 1;
  return Math.min(count, kept);
}

/** Of every group the heads behind the first `perGroup`. */
function cutHeads(units: UnitTable, cut: UnitSet, perGroup: number): void {
  for (const { kind, start, count } of units.modules) {
    if (kind !== 'queryHead') continue;
    for (let i = 0; i < count; i++) if (i % units.shape.queryHeadsPerGroup >= perGroup) cut[start + i] = 1;
  }
}

/** Few units give the same width for several shares. */
function distinct(cuts: readonly UniformCut[]): UniformCut[] {
  const byWidths = new Map(cuts.map((cut) => [JSON.stringify(cut.widths), cut]));
  return [...byWidths.values()];
}
