import type { UnitSet } from '../units/unit-set.ts';
import { unitIds, type UnitTable } from '../units/unit-table.ts';

/** What goes from an attention block at once: a KV group with what is left of it, or a query head of every group that is left. */
export interface AttentionStep {
  readonly ids: readonly number[];
  /** Parameters that go with it, behind the steps before it. */
  readonly cost: number;
  readonly damage: number;
}

/** A group that stays, for now. */
interface OpenGroup {
  readonly id: number;
  /** Of what is left of it. */
  readonly damage: number;
  /** Its query heads that are left, most expendable first. */
  readonly heads: readonly number[];
}

/**
 * All that is left of a layer's attention, one step behind the other, always the one of least damage per parameter: what a group
 * or a row of heads takes depends on what has gone before.
 * @param damage by unit id
 */
export function attentionSteps(units: UnitTable, layer: number, cut: UnitSet, damage: Float64Array): AttentionStep[] {
  const steps: AttentionStep[] = [];
  let groups = openGroups(units, layer, cut, damage);
  while (groups.length > 0) {
    const group = groupStep(units, groups);
    const row = rowStep(units, groups, damage);
    const takesRow = row !== undefined && row.damage * group.cost < group.damage * row.cost;
    const step = takesRow ? row : group;
    groups = takesRow ? withoutRow(groups, damage) : groups.filter(({ id }) => !step.ids.includes(id));
    steps.push(step);
  }
  return steps;
}

/** Of every layer in which every group that is left could go without a query head: the most expendable of each, together. */
export function headRows(units: UnitTable, cut: UnitSet, damage: Float64Array): (readonly number[])[] {
  return [...units.shape.layers.keys()].flatMap((layer) => {
    const row = rowStep(units, openGroups(units, layer, cut, damage), damage);
    return row === undefined ? [] : [row.ids];
  });
}

function openGroups(units: UnitTable, layer: number, cut: UnitSet, damage: Float64Array): OpenGroup[] {
  const groups = units.module(layer, 'kvGroup');
  const heads = units.module(layer, 'queryHead');
  const perGroup = heads.count === 0 ? 0 : units.shape.queryHeadsPerGroup;
  return unitIds(groups)
    .filter((id) => cut[id] === 0)
    .map((id) => {
      const own = unitIds({ start: heads.start + (id - groups.start) * perGroup, count: perGroup }).filter(
        (head) => cut[head] === 0,
      );
      return { id, damage: of(damage, id), heads: own.sort((a, b) => of(damage, a) - of(damage, b) || a - b) };
    });
}

function groupStep(units: UnitTable, groups: readonly OpenGroup[]): AttentionStep {
  const { id, damage, heads } = groups.reduce((a, b) => (b.damage < a.damage ? b : a));
  const { layer, unitCost } = units.moduleOf(id);
  const queryHeads = units.module(layer, 'queryHead');
  const gone = queryHeads.count === 0 ? 0 : units.shape.queryHeadsPerGroup - heads.length;
  return { ids: [id], cost: unitCost - gone * queryHeads.unitCost, damage };
}

/** Groups keep a head: the last one goes with its group. */
function rowStep(units: UnitTable, groups: readonly OpenGroup[], damage: Float64Array): AttentionStep | undefined {
  const ids = groups.flatMap(({ heads }) => (heads.length > 1 ? heads.slice(0, 1) : []));
  const [first] = ids;
  if (first === undefined) return undefined;
  return {
    ids,
    cost: ids.length * units.moduleOf(first).unitCost,
    damage: ids.reduce((sum, id) => sum + of(damage, id), 0),
  };
}

function withoutRow(groups: readonly OpenGroup[], damage: Float64Array): OpenGroup[] {
  return groups.map(({ id, damage: whole, heads: [first, ...rest] }) => {
    return { id, damage: Math.max(0, whole - (first === undefined ? 0 : of(damage, first))), heads: rest };
  });
}

const of = (damage: Float64Array, id: number): number => damage[id] as number;
