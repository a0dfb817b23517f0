import { invalidArgument } from '@bonsai/support';
import { methodTraits, roundCount } from '../contract/method-traits.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { allButOneUnit, smallestUnitCost } from '../selection/budget.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { widthConstraints, type WidthConstraints } from '../contract/width-constraints.ts';
import { leastShare, mostShare } from '../selection/stated-share.ts';
import { costBeyond, stepCost, widthLadders, type WidthLadder } from '../selection/width-ladder.ts';

/** What settings leave to be decided, in parameters. */
interface RemovableRange {
  /** What goes in any case, since no allowed width is as wide. */
  readonly forced: number;
  readonly smallestStep: number;
  readonly least: number;
  readonly most: number;
}

/**
 * @param units those of layers that are not protected
 * @param totalCost prunable parameters of the whole model, which shares are of
 * @throws BonsaiError SETTING_INVALID, SPARSITY_UNREACHABLE; field as in PlanSettings
 */
export function validateConstraints(settings: PruningSettings, units: UnitTable, totalCost: number): void {
  if (widthConstraints(settings) === undefined) return;
  validateWidths(settings, units);
  const range = removableRange(settings, units);
  const target = settings.sparsity * units.totalCost;
  requireReachable(target, range, totalCost);
  const most = mostRounds(target, range);
  if (roundCount(settings) <= most) return;
  const message = `The layout and the alignment allow ${most} steps: set settings.rounds to at most ${most}.`;
  throw invalid('settings.rounds', message);
}

/** Rounds that widths leave a step to go in each, of a share that can be reached. */
export function roundsByWidths(settings: PruningSettings, units: UnitTable): number {
  if (widthConstraints(settings) === undefined) return Infinity;
  return mostRounds(settings.sparsity * units.totalCost, removableRange(settings, units));
}

/** Whether there are widths to be had, at any budget. @throws BonsaiError SETTING_INVALID; field as in PlanSettings */
export function validateWidths(settings: PruningSettings, units: UnitTable): void {
  const constraints = widthConstraints(settings);
  if (constraints === undefined) return;
  requireNumbers(constraints);
  requireMethodOfWidths(settings, constraints);
  requireAllLayers(constraints, units);
  for (const ladder of widthLadders(units, constraints)) requireWidth(ladder, constraints);
}

function requireNumbers({ ffnAlignment, minKvGroups, minFfnNeurons }: WidthConstraints): void {
  requireWhole(ffnAlignment, 1, 'settings.ffn_alignment');
  requireWhole(minKvGroups, 0, 'settings.min_kv_groups');
  requireWhole(minFfnNeurons, 0, 'settings.min_ffn_neurons');
}

function requireWhole(value: number, least: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw invalid(field, `Set ${field} to a whole number of at least ${least}.`);
  }
}

function requireMethodOfWidths({ method }: PruningSettings, constraints: WidthConstraints): void {
  if (!methodTraits(method).removesBlocks) return;
  const field = fieldOf(constraints);
  throw invalid(field, `The method ${method} removes whole blocks and leaves widths alone: leave out ${field}.`);
}

/** The first constraint that is set. */
function fieldOf({ layout, ffnAlignment, minKvGroups }: WidthConstraints): string {
  if (layout !== 'perLayer') return 'settings.layout';
  if (ffnAlignment !== 1) return 'settings.ffn_alignment';
  return minKvGroups > 0 ? 'settings.min_kv_groups' : 'settings.min_ffn_neurons';
}

/** A kind of which no layer has any stays as wide as it is, everywhere. */
function requireAllLayers({ layout }: WidthConstraints, { modules }: UnitTable): void {
  const taken = new Set(modules.filter(({ count }) => count > 0).map(({ kind }) => kind));
  const empty = modules.find(({ kind, count }) => count === 0 && taken.has(kind));
  if (layout !== 'uniform' || empty === undefined) return;
  const message =
    `Layer ${empty.layer} has no units to give up, so widths cannot be the same everywhere: ` +
    'leave out settings.layout, or protect no layer.';
  throw invalid('settings.layout', message);
}

function requireWidth({ kind, modules, widest, narrowest, step }: WidthLadder, constraints: WidthConstraints): void {
  if (narrowest <= widest && widest > 0) return;
  const { layer, count } = modules.reduce((a, b) => (b.count < a.count ? b : a));
  if (kind === 'kvGroup') {
    throw invalid('settings.min_kv_groups', `Layer ${layer} has ${count} KV groups: give at most ${count}.`);
  }
  if (widest === 0) {
    throw invalid('settings.ffn_alignment', `Layer ${layer} has ${count} neurons: give at most ${count}.`);
  }
  const allowed = step === 1 ? '' : `, of which ${widest} are the most that ${constraints.ffnAlignment} divides`;
  throw invalid('settings.min_ffn_neurons', `Layer ${layer} has ${count} neurons${allowed}: give at most ${widest}.`);
}

/** Of valid widths. */
export function removableRange(settings: PruningSettings, units: UnitTable): RemovableRange {
  const smallest = smallestUnitCost(units);
  const allButOne = allButOneUnit(units);
  const constraints = widthConstraints(settings);
  if (constraints === undefined) return { forced: 0, smallestStep: smallest, least: smallest, most: allButOne };
  const ladders = widthLadders(units, constraints);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const movable = ladders.filter(({ widest, narrowest }) => widest > narrowest);
  const forced = sum(ladders.map((ladder) => costBeyond(ladder, ladder.widest)));
  const smallestStep = Math.min(...movable.map(stepCost));
  const most = sum(ladders.map((ladder) => costBeyond(ladder, ladder.narrowest) + headsBeyondOne(units, ladder)));
  return { forced, smallestStep, least: forced > 0 ? forced : smallestStep, most: Math.min(most, allButOne) };
}

/** Parameters of the query heads that groups which have to stay can go without. */
function headsBeyondOne(units: UnitTable, { kind, modules, narrowest }: WidthLadder): number {
  if (kind !== 'kvGroup') return 0;
  const ofGroup = modules.map(({ layer }) => {
    const { count, unitCost } = units.module(layer, 'queryHead');
    return count === 0 ? 0 : (units.shape.queryHeadsPerGroup - 1) * unitCost;
  });
  return narrowest * ofGroup.reduce((sum, cost) => sum + cost, 0);
}

function requireReachable(target: number, { least, most }: RemovableRange, totalCost: number): void {
  if (target > most) {
    const highest = mostShare(most, totalCost);
    throw unreachable(`The layout and the smallest widths leave no more to remove: give at most ${highest}.`);
  }
  if (target < least) {
    const lowest = leastShare(least, totalCost);
    throw unreachable(`The layout and the alignment let no less be removed: give at least ${lowest}.`);
  }
}

/** Every round must be able to go one step narrower, and the first one to the widest allowed width. */
function mostRounds(target: number, { forced, smallestStep }: RemovableRange): number {
  return Math.floor(target / Math.max(forced, Math.min(smallestStep, target)));
}

const invalid = (field: string, message: string): Error => invalidArgument('SETTING_INVALID', field, message);
const unreachable = (message: string): Error => invalidArgument('SPARSITY_UNREACHABLE', 'settings.sparsity', message);
