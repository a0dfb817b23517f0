import { invalidArgument } from '@bonsai/support';
import { removableRange, validateWidths } from '../constraints/validate-constraints.ts';
import { methodTraits } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { shareOf } from '../selection/budget.ts';
import { costOf, emptySet, type UnitSet } from '../units/unit-set.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import { UnitTable } from '../units/unit-table.ts';
import type { Resource, ResourceCosts, Target } from '../contract/target.ts';

/** A share to be removed in terms of any resource. */
export interface ShareProblem {
  readonly settings: PruningSettings;
  readonly problem: PruningProblem;
}

const FIELDS: Readonly<Record<Resource, string>> = {
  parameters: 'settings.target_parameters',
  flops: 'settings.target_flops',
  bytes: 'settings.target_bytes',
  latency: 'settings.target_latency',
};

/**
 * A limit on a resource, as a method sees it that knows nothing of limits: units cost what they take of the resource, and a share
 * of all of that is the least that must go. Where there is no limit, the problem is what it was.
 * @throws BonsaiError SPARSITY_UNREACHABLE, SETTING_INVALID; fields as in PlanSettings
 */
export function shareProblem(settings: PruningSettings, problem: PruningProblem): ShareProblem {
  const { target, ...rest } = settings;
  if (target === undefined) return { settings, problem };
  const field = FIELDS[target.resource];
  if (settings.sparsity !== 0) {
    throw invalidArgument('SETTING_INVALID', field, `Give settings.sparsity or ${field}, not both.`);
  }
  if (methodTraits(settings.method).removesBlocks) {
    const message = `The method ${settings.method} hits no target but for a whole block: give a sparsity instead.`;
    throw invalidArgument('SETTING_INVALID', field, message);
  }
  if (problem.units.hasQueryHeads && costsOf(target).queryHead === undefined) {
    const message = `What a query head takes of ${target.resource} was not measured: leave query heads out of settings.units.`;
    throw invalidArgument('SETTING_INVALID', 'settings.units', message);
  }
  const units = pricedUnits(problem.units, target);
  const priced = { ...problem, units };
  const need = reachableNeed(rest, priced, target);
  return { settings: { ...rest, sparsity: shareOf(need, units.totalCost), atLeast: true }, problem: priced };
}

/** The same units, priced by what they take of the resource. */
function pricedUnits({ shape }: UnitTable, target: Target): UnitTable {
  return new UnitTable({ ...shape, unitCosts: costsOf(target) });
}

/** What a model takes of the resource without the units of a set. */
export function resourceUse(units: UnitTable, cut: UnitSet, target: Target): number {
  const priced = pricedUnits(units, target);
  return costsOf(target).other + priced.totalCost - costOf(priced, cut);
}

function costsOf({ costs }: Target): ResourceCosts {
  if (costs === undefined) throw new RangeError('a target without costs is a request, not a problem');
  return costs;
}

/** What has to go: at least the least that can. */
function reachableNeed(settings: PruningSettings, problem: PruningProblem, target: Target): number {
  const field = FIELDS[target.resource];
  if (!Number.isSafeInteger(target.atMost) || target.atMost < 1) {
    throw invalidArgument('SETTING_INVALID', field, `Set ${field} to a whole number of at least 1.`);
  }
  const free = unprotectedProblem({ ...settings, sparsity: 0 }, problem).problem.units;
  if (free.count < 2) {
    const message =
      'The model has fewer than two units that may be removed: name more kinds in settings.units, or protect fewer layers.';
    throw invalidArgument('SPARSITY_UNREACHABLE', field, message);
  }
  validateWidths(settings, free);
  const { least, most } = removableRange(settings, free);
  const whole = resourceUse(problem.units, emptySet(problem.units), target);
  const need = whole - target.atMost;
  if (need <= 0) {
    const message = `The model has ${amountOf(target, whole)} as it is: give less than that.`;
    throw invalidArgument('SPARSITY_UNREACHABLE', field, message);
  }
  if (need > most) {
    const message = `What must stay comes to ${amountOf(target, whole - most)}: give at least that.`;
    throw invalidArgument('SPARSITY_UNREACHABLE', field, message);
  }
  return Math.max(need, least);
}

/** As people give it; nobody reads picoseconds. */
function amountOf({ resource }: Target, amount: number): string {
  return resource === 'latency' ? `${amount} picoseconds (${(amount / 1e9).toPrecision(4)} ms)` : String(amount);
}
