import type { RoundBudget } from '../selection/budget.ts';
import type { Ranking } from '../selection/ranking.ts';
import { costOf, emptySet, union, type UnitSet } from '../units/unit-set.ts';
import { unitIds, type Module, type UnitKind } from '../units/unit-table.ts';
import type { WidthConstraints } from './width-constraints.ts';
import { stepCost, widthLadders, type WidthLadder } from './width-ladder.ts';

/** Units that go together, so that the widths stay allowed ones. */
interface WidthStep {
  readonly ids: readonly number[];
  /** What their removal is predicted to do to the loss: the sum over them. */
  readonly damage: number;
}

/** Steps of one kind, most expendable first; every one costs the same. */
interface Staircase {
  readonly steps: readonly WidthStep[];
  /** In parameters; beyond all budgets where there is no step. */
  readonly stepCost: number;
}

/** Of attention and of FFNs. */
type Stairs = readonly [Staircase, Staircase];

/**
 * What to remove so that all widths are allowed ones and the predicted damage is least among the choices that use up the
 * budget, to within one step of what is possible. Exact, because all steps of a kind cost the same and a module's steps get
 * dearer and dearer: of g attention steps the g most expendable are the best, whatever goes from the FFNs.
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
  const forced = emptySet(units);
  for (const ladder of ladders) {
    for (const [module, surplus] of surpluses(ladder, cut)) add(forced, ranked(module, cut, damage).slice(0, surplus));
  }
  const start = union(cut, forced);
  const spent = costOf(units, forced);
  const all: Stairs = [staircase(ladders, 'kvGroup', start, damage), staircase(ladders, 'ffnNeuron', start, damage)];
  const way = leastDamage(all, needInAll - spent, atLeast);
  const part = lastRound ? way : leastDamage(way, need - spent, false);
  for (const { steps } of part) for (const { ids } of steps) add(forced, ids);
  return forced;
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

function staircase(ladders: readonly WidthLadder[], kind: UnitKind, cut: UnitSet, damage: Float64Array): Staircase {
  const ofKind = ladders.filter((ladder) => ladder.kind === kind);
  const steps = ofKind.flatMap((ladder) => stepsOf(ladder, cut, damage));
  steps.sort((a, b) => a.damage - b.damage);
  const [first] = ofKind;
  return { steps, stepCost: first === undefined || steps.length === 0 ? Number.MAX_VALUE : stepCost(first) };
}

function stepsOf({ modules, narrowest, step }: WidthLadder, cut: UnitSet, damage: Float64Array): WidthStep[] {
  const orders = modules.map((module) => ranked(module, cut, damage));
  const left = Math.min(...orders.map(({ length }) => length));
  return Array.from({ length: Math.max(0, left - narrowest) / step }, (_, i) => {
    const ids = orders.flatMap((order) => order.slice(i * step, (i + 1) * step));
    return { ids, damage: ids.reduce((sum, id) => sum + (damage[id] as number), 0) };
  });
}

/** The first steps of each kind that use up the budget at the least damage; with `atLeast` what they cost is no less, else no more. */
function leastDamage([attention, ffn]: Stairs, budget: number, atLeast: boolean): Stairs {
  const ofAttention = sums(attention);
  const ofFfn = sums(ffn);
  const choices = ofAttention.flatMap((damage, groups) => {
    const left = budget - groups * attention.stepCost;
    const exact = Math.max(0, left / ffn.stepCost);
    const neurons = Math.min(ffn.steps.length, atLeast ? Math.ceil(exact) : Math.floor(exact));
    const rest = left - neurons * ffn.stepCost;
    const gap = atLeast ? -rest : rest;
    return gap < 0 ? [] : [{ groups, neurons, gap, damage: damage + (ofFfn[neurons] as number) }];
  });
  if (choices.length === 0 && atLeast) return [attention, ffn];
  const possible = Math.min(...choices.map(({ gap }) => gap));
  const useUp = choices.filter(({ gap }) => gap < possible + Math.min(attention.stepCost, ffn.stepCost));
  const best = useUp.sort((a, b) => a.damage - b.damage || a.gap - b.gap)[0] ?? { groups: 0, neurons: 0 };
  return [firstSteps(attention, best.groups), firstSteps(ffn, best.neurons)];
}

function firstSteps({ steps, stepCost }: Staircase, count: number): Staircase {
  return { steps: steps.slice(0, count), stepCost };
}

/** Damage of the first 0, 1, ... all steps. */
function sums({ steps }: Staircase): number[] {
  let sum = 0;
  return [0, ...steps.map(({ damage }) => (sum += damage))];
}

function add(set: UnitSet, ids: readonly number[]): void {
  for (const id of ids) set[id] = 1;
}
