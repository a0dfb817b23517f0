import { invalidArgument } from '@bonsai/support';
import type { UnitTable } from '../units/unit-table.ts';
import { residualBlocks, smallestBlockCost, wholeLayers } from '../selection/blocks.ts';
import { allButOneUnit, smallestUnitCost } from '../selection/budget.ts';
import { leastShare, mostShare } from '../selection/stated-share.ts';
import { validateConstraints, validateWidths } from '../constraints/validate-constraints.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import { methodTraits, roundCount } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';

/** Fewer masks than this leave nothing to choose a ridge by. */
const MINIMUM_MASKS = 8;

/** To choose its variances a fit decomposes 13 matrices of masks by masks: some two minutes for so many. */
const MOST_MASKS = 1000;

/** @throws BonsaiError SPARSITY_OUT_OF_RANGE, SPARSITY_UNREACHABLE, SETTING_INVALID, TEXT_TOO_SHORT; field as in PlanSettings */
export function validateSettings(settings: PruningSettings, problem: PruningProblem): void {
  requireShare(settings.sparsity);
  const inner = unprotectedProblem(settings, problem);
  requireMethod(inner.settings, inner.problem, problem.units.totalCost);
  requireWidthsOfAllKinds(settings, problem);
  validateConstraints(inner.settings, inner.problem.units, problem.units.totalCost);
}

/** Kinds of units that stay have widths too, which have to be allowed. */
function requireWidthsOfAllKinds({ units, ...settings }: PruningSettings, problem: PruningProblem): void {
  if (units !== undefined) validateWidths(settings, unprotectedProblem(settings, problem).problem.units);
}

/** @param totalCost prunable parameters of the whole model, which shares are of */
function requireMethod(settings: PruningSettings, problem: PruningProblem, totalCost: number): void {
  requirePrior(settings);
  requireIngredients(settings);
  requireReachable(settings.sparsity, problem.units, totalCost);
  requireInteger(settings.rounds, 1, 'settings.rounds');
  requireInteger(settings.seed, 0, 'settings.seed');
  requireInteger(settings.windowsPerMask, 1, 'settings.windows_per_mask');
  const { samplesMasks } = methodTraits(settings.method);
  requireInteger(settings.masksPerRound, samplesMasks ? MINIMUM_MASKS : 0, 'settings.masks_per_round');
  if (samplesMasks && settings.masksPerRound > MOST_MASKS) {
    const message = `Set settings.masks_per_round to at most ${MOST_MASKS}.`;
    throw invalidArgument('SETTING_INVALID', 'settings.masks_per_round', message);
  }
  if (!(settings.poolFactor >= 1) || !Number.isFinite(settings.poolFactor)) {
    throw invalidArgument('SETTING_INVALID', 'settings.pool_factor', 'Set the pool factor to a number of at least 1.');
  }
  requireRounds(settings, problem.units);
  requireBlock(settings, problem.units, totalCost);
  requireWindows(settings, problem);
}

function requireInteger(value: number, minimum: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw invalidArgument('SETTING_INVALID', field, `Set ${field} to a whole number of at least ${minimum}.`);
  }
}

function requireShare(sparsity: number): void {
  if (sparsity > 0 && sparsity < 1) return;
  const message = 'Give a sparsity between 0 and 1, such as 0.5 for half.';
  throw invalidArgument('SPARSITY_OUT_OF_RANGE', 'settings.sparsity', message);
}

function requireReachable(sparsity: number, units: UnitTable, totalCost: number): void {
  if (units.count < 2) throw unreachable('This model has nothing to prune: give one with two units or more.');
  const smallest = smallestUnitCost(units);
  const target = sparsity * units.totalCost;
  const most = allButOneUnit(units);
  if (target > most) throw unreachable(`Nothing would be left: give at most ${mostShare(most, totalCost)}.`);
  if (target < smallest) {
    throw unreachable(`No unit is that small: give at least ${leastShare(smallest, totalCost)}.`);
  }
}

/** Rounds that leave a unit to go in each, of a share that can be reached. */
export function roundsByUnits({ sparsity }: PruningSettings, units: UnitTable): number {
  return Math.floor((sparsity * units.totalCost) / smallestUnitCost(units));
}

function requireRounds(settings: PruningSettings, units: UnitTable): void {
  const most = roundsByUnits(settings, units);
  if (roundCount(settings) > most) {
    const message = `A round must remove at least one unit: set settings.rounds to at most ${most}.`;
    throw invalidArgument('SETTING_INVALID', 'settings.rounds', message);
  }
}

function requirePrior({ method, prior, recovery }: PruningSettings): void {
  const { usesPrior, fixedPrior, defaultPrior, inRounds } = methodTraits(method);
  if (prior === 'best' && (recovery === undefined || recovery.method === 'bias')) {
    const message =
      'The prior best is found by recovering cuts by least squares: set settings.recovery_method as well.';
    throw invalidArgument('SETTING_INVALID', 'settings.prior', message);
  }
  if (prior === 'best' && !inRounds) {
    const message = `The prior best is for methods that cut in rounds, not for ${method}: name a prior, or leave it out.`;
    throw invalidArgument('SETTING_INVALID', 'settings.prior', message);
  }
  if (prior === defaultPrior || (usesPrior && !fixedPrior)) return;
  const message = usesPrior
    ? `The method ${method} is defined by the prior ${defaultPrior}; leave the prior out.`
    : `The method ${method} uses no prior; leave the prior out.`;
  throw invalidArgument('SETTING_INVALID', 'settings.prior', message);
}

function requireIngredients({ method, without = [] }: PruningSettings): void {
  if (without.length === 0 || method === 'bonsai') return;
  const message = 'Only the method bonsai has ingredients to go without.';
  throw invalidArgument('SETTING_INVALID', 'settings.without', message);
}

/** A method that removes whole blocks must be able to remove one. */
function requireBlock({ method, sparsity }: PruningSettings, units: UnitTable, totalCost: number): void {
  if (!methodTraits(method).removesBlocks) return;
  const layers = wholeLayers(units).filter((block) => block !== undefined);
  const smallest = smallestBlockCost(units, method === 'shortGpt' ? layers : residualBlocks(units));
  if (smallest <= sparsity * units.totalCost) return;
  if (smallest >= totalCost) throw unreachable('The only block cannot go: choose another method.');
  throw unreachable(`No block is that small: give at least ${leastShare(smallest, totalCost)}, or another method.`);
}

function requireWindows(settings: PruningSettings, problem: PruningProblem): void {
  const count = problem.windowTokens.length;
  if (count === 0) {
    throw invalidArgument('TEXT_TOO_SHORT', 'calibration', 'Give a calibration text of at least one window.');
  }
  if (problem.windowTokens.some((tokens) => !Number.isSafeInteger(tokens) || tokens < 2)) {
    throw invalidArgument('WINDOW_LENGTH', 'calibration', 'Give calibration windows of at least two tokens.');
  }
  if (settings.recovery !== undefined && count < 2) {
    const message = 'Recovery is fitted on some windows and judged on others: give a calibration text of at least two.';
    throw invalidArgument('TEXT_TOO_SHORT', 'calibration', message);
  }
  if (settings.windowsPerMask > count) {
    const message = `There are ${count} calibration windows: lower settings.windows_per_mask or give more text.`;
    throw invalidArgument('SETTING_INVALID', 'settings.windows_per_mask', message);
  }
}

const unreachable = (message: string): Error => invalidArgument('SPARSITY_UNREACHABLE', 'settings.sparsity', message);
