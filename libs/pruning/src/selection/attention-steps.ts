import type { UnitSet } from '../units/unit-set.ts';
import { unitIds, type UnitTable } from '../units/unit-table.ts';
import type { RemovalStep } from './removal-step.ts';

/** A group that stays, for now. */
interface OpenGroup {
  readonly id: number;
  /** Of what is left of it. */
  readonly damage: number;
  /** Its query heads that are left, most expendable first. */
  readonly heads: readonly number[];
}

/**
 * What may go of the attention of layers that go narrower together, one step behind the other, always the one of least damage per
 * parameter: a KV group with what is left of it, or a row, a query head of every group that is left. What either takes depends on
 * what has gone before.
 * @param layers one, or with equal widths all; a step takes as much of each
 * @param damage by unit id
 * @param leastGroups that every layer keeps
 */
export function attentionSteps(
  units: UnitTable,
  layers: readonly number[],
  cut: UnitSet,
  damage: Float64Array,
  leastGroups: number,
): RemovalStep[] {
  const steps: RemovalStep[] = [];
  let left = layers.map((layer) => openGroups(units, layer, cut, damage));
  for (;;) {
    const group = together(left.map((groups) => (groups.length > leastGroups ? groupStep(units, groups) : undefined)));
    const row = together(left.map((groups) => rowStep(units, groups, damage)));
    const step = lessDamaging(group, row);
    if (step === undefined) return steps;
    left = left.map((groups) =>
      step === row ? withoutRow(groups, damage) : groups.filter(({ id }) => !step.ids.includes(id)),
    );
    steps.push(step);
  }
}

/** A step in every layer, or none. */
function together(steps: readonly (RemovalStep | undefined)[]): RemovalStep | undefined {
  const all = steps.filter((step) => step !== undefined);
  if (all.length === 0 || all.length < steps.length) return undefined;
  return {
    ids: all.flatMap(({ ids }) => ids),
    cost: all.reduce((sum, { cost }) => sum + cost, 0),
    damage: all.reduce((sum, step) => sum + step.damage, 0),
  };
}

/** Per parameter; the group where both are alike. */
function lessDamaging(group: RemovalStep | undefined, row: RemovalStep | undefined): RemovalStep | undefined {
  if (group === undefined || row === undefined) return group ?? row;
  return row.damage * group.cost < group.damage * row.cost ? row : group;
}

/** Of every layer in which every group that is left could go without a query head: the most expendable of each, together. */
export function queryHeadRows(units: UnitTable, cut: UnitSet, damage: Float64Array): (readonly number[])[] {
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

function groupStep(units: UnitTable, groups: readonly OpenGroup[]): RemovalStep {
  const { id, damage, heads } = groups.reduce((a, b) => (b.damage < a.damage ? b : a));
  const { layer, unitCost } = units.moduleOf(id);
  const queryHeads = units.module(layer, 'queryHead');
  const gone = queryHeads.count === 0 ? 0 : units.shape.queryHeadsPerGroup - heads.length;
  return { ids: [id], cost: unitCost - gone * queryHeads.unitCost, damage };
}

/** Groups keep a head: the last one goes with its group. */
function rowStep(units: UnitTable, groups: readonly OpenGroup[], damage: Float64Array): RemovalStep | undefined {
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
