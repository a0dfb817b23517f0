import { costOf, emptySet, union, type UnitSet } from '../units/unit-set.ts';
import { hasUnit, type UnitKind, type UnitTable } from '../units/unit-table.ts';

/** Share of a round's masks that probes may take. */
const SHARE = 0.7;

/** Depths at which an FFN is probed on its own: shares of its neurons, the most expendable first. */
const FFN_DEPTHS = [0.1, 0.25, 0.5];

export interface ProbedUnits {
  /** Ids of all units that are left, but query heads, most expendable first. */
  readonly order: readonly number[];
  /** Query heads that go together, one of every group of a layer; none where heads stay with their groups. */
  readonly rows: readonly (readonly number[])[];
}

/**
 * One-at-a-time measurements for a round in which nothing is known yet: every KV group alone, a query head of every group of a
 * layer, and every FFN at a few depths, if they fit; else half of every attention block and a quarter of every FFN; else none.
 * @param masks budget of the round
 */
export function screeningProbes(
  units: UnitTable,
  cut: UnitSet,
  { order, rows }: ProbedUnits,
  masks: number,
): UnitSet[] {
  const groups = order.filter((id) => units.moduleOf(id).kind === 'kvGroup');
  const single = [
    ...groups.map((id) => setOf(units, [id])),
    ...rows.map((row) => setOf(units, row)),
    ...FFN_DEPTHS.flatMap((depth) => moduleProbes(units, order, 'ffnNeuron', depth)),
  ];
  if (single.length <= SHARE * masks) return usable(units, cut, single);
  const whole = [...moduleProbes(units, order, 'kvGroup', 0.5), ...moduleProbes(units, order, 'ffnNeuron', 0.25)];
  return whole.length <= SHARE * masks ? usable(units, cut, whole) : [];
}

export interface RefreshedUnits extends ProbedUnits {
  /** What this round may cut, most expendable first. */
  readonly pool: readonly number[];
  /** Counted from 0. */
  readonly round: number;
}

/**
 * Measurements again, in a later round, of what this round may cut: every FFN at one depth, the KV groups of the pool alone, and
 * the rows of query heads, as far as `masks` goes. Where there are more FFNs than that, they take turns from round to round, and
 * leave half of the masks to groups and heads.
 */
export function refreshingProbes(
  units: UnitTable,
  cut: UnitSet,
  { order, rows, pool, round }: RefreshedUnits,
  masks: number,
): UnitSet[] {
  const groups = pool.filter((id) => units.moduleOf(id).kind === 'kvGroup').map((id) => setOf(units, [id]));
  const heads = rows.map((row) => setOf(units, row));
  const ofAttention = usable(units, cut, [...groups, ...heads]);
  const levels = usable(units, cut, moduleProbes(units, order, 'ffnNeuron', 0.25));
  if (levels.length <= masks) return [...levels, ...ofAttention].slice(0, masks);
  const turn = masks - Math.min(ofAttention.length, masks >> 1);
  const first = (round * turn) % levels.length;
  const next = [...levels.slice(first), ...levels.slice(0, first)].slice(0, turn);
  return [...next, ...ofAttention.slice(0, masks - turn)];
}

/** One mask per module of the kind: the first `depth` of its units in the order, at least one. */
function moduleProbes(units: UnitTable, order: readonly number[], kind: UnitKind, depth: number): UnitSet[] {
  return units.modules
    .filter((module) => module.kind === kind)
    .map((module) => order.filter((id) => hasUnit(module, id)))
    .map((ids) => setOf(units, ids.slice(0, Math.ceil(depth * ids.length))));
}

function usable(units: UnitTable, cut: UnitSet, probes: readonly UnitSet[]): UnitSet[] {
  return probes.filter((probe) => probe.includes(1) && costOf(units, union(cut, probe)) < units.totalCost);
}

function setOf(units: UnitTable, ids: readonly number[]): UnitSet {
  const set = emptySet(units);
  for (const id of ids) set[id] = 1;
  return set;
}
