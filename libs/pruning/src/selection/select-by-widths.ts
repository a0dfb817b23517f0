import { attentionSteps } from './attention-steps.ts';
import type { RoundBudget } from './budget.ts';
import type { Ranking } from './ranking.ts';
import type { RemovalStep } from './removal-step.ts';
import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { costOf, emptySet, union, type UnitSet } from '../units/unit-set.ts';
import { unitIds, type Module, type UnitTable } from '../units/unit-table.ts';
import type { WidthConstraints } from '../contract/width-constraints.ts';
import { stepCost, widthLadders, type WidthLadder } from './width-ladder.ts';

/** Steps in the order in which they go: any first part of them leaves allowed widths. */
interface Stairs {
  readonly attention: readonly RemovalStep[];
  /** Of one and the same cost. */
  readonly ffn: readonly RemovalStep[];
}

/**
 * What to remove so that all widths are allowed ones and the predicted damage is least among the choices that use up the budget
 * to within a step that can be had or, where none does, to within the cheapest of what is possible. Exact where query heads stay
 * with their groups, because all steps of a kind then cost the same and a module's steps get dearer and dearer: of g attention
 * steps the g most expendable are the best, whatever goes from the FFNs. Where heads may go without their group, attention goes by
 * damage per parameter.
 *
 * Before the last round the whole way is laid out first, and the round goes the part of it that its own budget allows:
 * with coarse steps, what looks best for one round may leave no good end. What must go for any allowed width goes even where the
 * budget does not reach.
 * @param budget with a cut by the same constraints, or an empty one
 */
export function selectByWidths(
  { units, cut, need, needInAll, lastRound, atLeast }: RoundBudget,
  { damage }: Pick<Ranking, 'damage'>,
  constraints: WidthConstraints,
): UnitSet {
  const ladders = widthLadders(units, constraints);
  const selected = emptySet(units);
  for (const ladder of ladders) {
    for (const [module, surplus] of surpluses(ladder, cut))
      add(selected, ranked(module, cut, damage).slice(0, surplus));
  }
  const start = union(cut, selected);
  const spent = costOf(units, start) - costOf(units, cut);
  const all = stairs(units, ladders, start, damage);
  const way = leastDamage(all, needInAll - spent, atLeast);
  const part = lastRound ? way : leastDamage(way, need - spent, false);
  for (const { ids } of [...part.attention, ...part.ffn]) add(selected, ids);
  return withoutHeadsOfGroups(units, selected);
}

/** How many units every module has above the widest allowed width that it can still have. */
function surpluses(ladder: WidthLadder, cut: UnitSet): [Module, number][] {
  const widths = ladder.modules.map(({ start, count }) => leftOf(cut, start, count));
  const reach = Math.min(ladder.widest, Math.floor(Math.min(...widths) / ladder.step) * ladder.step);
  return ladder.modules.map((module, i) => [module, (widths[i] as number) - reach]);
}

function leftOf(cut: UnitSet, start: number, count: number): number {
  return cut.subarray(start, start + count).reduce((left, gone) => left - gone, count);
}

/** A module's units that are left, most expendable first. */
function ranked(module: Module, cut: UnitSet, damage: Float64Array): number[] {
  const ids = unitIds(module).filter((id) => cut[id] === 0);
  return ids.sort((a, b) => (damage[a] as number) - (damage[b] as number) || a - b);
}

function stairs(units: UnitTable, ladders: readonly WidthLadder[], cut: UnitSet, damage: Float64Array): Stairs {
  const attention = ladders
    .filter(({ kind }) => kind === 'kvGroup')
    .map(({ modules, narrowest }) => {
      const layers = modules.map(({ layer }) => layer);
      return attentionSteps(units, layers, cut, damage, narrowest);
    });
  const ffn = ladders.filter(({ kind }) => kind === 'ffnNeuron').map((ladder) => ffnSteps(ladder, cut, damage));
  return { attention: merged(attention), ffn: merged(ffn) };
}

function ffnSteps(ladder: WidthLadder, cut: UnitSet, damage: Float64Array): RemovalStep[] {
  const { modules, narrowest, step } = ladder;
  const orders = modules.map((module) => ranked(module, cut, damage));
  const left = Math.min(...orders.map(({ length }) => length));
  const cost = stepCost(ladder);
  return Array.from({ length: Math.max(0, left - narrowest) / step }, (_, i) => {
    const ids = orders.flatMap((order) => order.slice(i * step, (i + 1) * step));
    return { ids, cost, damage: ids.reduce((sum, id) => sum + (damage[id] as number), 0) };
  });
}

/** Steps of several chains by damage per parameter, none before those that it comes behind. */
function merged(chains: readonly (readonly RemovalStep[])[]): RemovalStep[] {
  const keyed = chains.flatMap((chain) => {
    let key = -Infinity;
    return chain.map((step) => ({ step, key: (key = Math.max(key, step.damage / step.cost)) }));
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ step }) => step);
}

/** How far to go on either stairs, with what is then left of the budget or taken beyond it. */
interface Choice {
  readonly steps: number;
  readonly neurons: number;
  readonly gap: number;
  readonly damage: number;
}

/** The first steps of each kind that use up the budget at the least damage; with `atLeast` what they cost is no less, else no more. */
function leastDamage(stairs: Stairs, budget: number, atLeast: boolean): Stairs {
  const { attention, ffn } = stairs;
  const choices = choicesOf(stairs, budget, atLeast);
  if (choices.length === 0 && atLeast) return stairs;
  const possible = Math.min(...choices.map(({ gap }) => gap));
  const grain = attention.reduce((least, { cost }) => Math.min(least, cost), ffnCost(stairs));
  const largest = Math.min(possible + grain, ...[grain, ffnCost(stairs)].filter((cost) => cost > possible));
  const useUp = choices.filter(({ gap }) => gap < largest);
  const best = useUp.sort((a, b) => a.damage - b.damage || a.gap - b.gap)[0] ?? { steps: 0, neurons: 0 };
  return { attention: attention.slice(0, best.steps), ffn: ffn.slice(0, best.neurons) };
}

/** Every part of the attention, with as much of the FFNs as the budget allows or wants. */
function choicesOf(stairs: Stairs, budget: number, atLeast: boolean): Choice[] {
  const { attention, ffn } = stairs;
  const cost = ffnCost(stairs);
  const ofAttention = sums(attention.map(({ damage }) => damage));
  const ofFfn = sums(ffn.map(({ damage }) => damage));
  const choices = sums(attention.map((step) => step.cost)).map((spent, steps) => {
    const left = budget - spent;
    const exact = Math.max(0, left / cost);
    const neurons = Math.min(ffn.length, atLeast ? Math.ceil(exact) : Math.floor(exact));
    const rest = left - neurons * cost;
    const damage = (ofAttention[steps] as number) + (ofFfn[neurons] as number);
    return { steps, neurons, gap: atLeast ? -rest : rest, damage };
  });
  return choices.filter(({ gap }) => gap >= 0);
}

/** Beyond all budgets where there is no step. */
const ffnCost = ({ ffn: [first] }: Stairs): number => first?.cost ?? Number.MAX_VALUE;

/** Of the first 0, 1, ... all values. */
function sums(values: readonly number[]): number[] {
  let sum = 0;
  return [0, ...values.map((value) => (sum += value))];
}

function add(set: UnitSet, ids: readonly number[]): void {
  for (const id of ids) set[id] = 1;
}
