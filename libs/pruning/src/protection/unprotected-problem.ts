import { invalidArgument } from '@bonsai/support';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { allButOneUnit, shareOf } from '../selection/budget.ts';
import { mostShare } from '../selection/stated-share.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { DEFAULT_UNITS, type PrunedUnit } from '../units/pruned-units.ts';
import { requireUnits } from './require-units.ts';
import { UnprotectedUnits } from './unprotected-units.ts';

/** What is to be done, as a method sees it that knows nothing of protected layers and of kinds of units that stay. */
export interface UnprotectedProblem {
  readonly settings: PruningSettings;
  readonly problem: PruningProblem;
  /** Undefined where every unit may be removed: then the above are what was asked for. */
  readonly unprotected: UnprotectedUnits | undefined;
}

/**
 * The budget stays what it is, so what is not protected loses a larger share.
 * @throws BonsaiError SETTING_INVALID, SPARSITY_UNREACHABLE; fields as in PlanSettings
 */
export function unprotectedProblem(settings: PruningSettings, problem: PruningProblem): UnprotectedProblem {
  const { protectedLayers = [], ...rest } = settings;
  requireUnits(settings, problem.units);
  const { units } = problem;
  const offered = settings.units ?? DEFAULT_UNITS;
  const kinds: readonly PrunedUnit[] = units.hasQueryHeads ? [...DEFAULT_UNITS, 'queryHead'] : DEFAULT_UNITS;
  if (protectedLayers.length === 0 && kinds.every((kind) => offered.includes(kind))) {
    return { settings, problem, unprotected: undefined };
  }
  requireLayers(protectedLayers, units);
  const unprotected = new UnprotectedUnits(units, protectedLayers, offered);
  requireReachable(settings.sparsity, units, unprotected.units);
  const sparsity = shareOf(settings.sparsity * units.totalCost, unprotected.units.totalCost);
  return { settings: { ...rest, sparsity }, problem: { ...problem, units: unprotected.units }, unprotected };
}

function requireLayers(layers: readonly number[], { shape }: UnitTable): void {
  const count = shape.layers.length;
  const missing = layers.find((layer) => !Number.isSafeInteger(layer) || layer < 0 || layer >= count);
  if (missing === undefined && new Set(layers).size < count) return;
  const message =
    missing === undefined
      ? 'Every layer is protected: leave out at least one from settings.protected_layers.'
      : `The model has ${count} layers, numbered from 0; there is no ${missing} for settings.protected_layers.`;
  throw invalidArgument('SETTING_INVALID', 'settings.protected_layers', message);
}

function requireReachable(sparsity: number, all: UnitTable, unprotected: UnitTable): void {
  const most = unprotected.count === 0 ? 0 : allButOneUnit(unprotected);
  if (!(sparsity * all.totalCost > most)) return;
  const highest = mostShare(most, all.totalCost);
  const message = `Protected layers, and units that are not offered, stay: give at most ${highest}, or let more be removed.`;
  throw invalidArgument('SPARSITY_UNREACHABLE', 'settings.sparsity', message);
}
