import { invalidArgument } from '@bonsai/support';
import type { PruningProblem } from '../procedure/pruning-problem.ts';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import { shareOf, smallestUnitCost } from '../selection/budget.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { UnprotectedUnits } from './unprotected-units.ts';

/** What is to be done, as a method sees it that knows nothing of protected layers. */
export interface UnprotectedProblem {
  readonly settings: PruningSettings;
  readonly problem: PruningProblem;
  /** Undefined where no layer is protected: then the above are what was asked for. */
  readonly unprotected: UnprotectedUnits | undefined;
}

/**
 * The budget stays what it is, so the layers that are not protected lose a larger share.
 * @throws BonsaiError SETTING_INVALID, SPARSITY_UNREACHABLE; fields as in PlanSettings
 */
export function unprotectedProblem(settings: PruningSettings, problem: PruningProblem): UnprotectedProblem {
  const { protectedLayers = [], ...rest } = settings;
  if (protectedLayers.length === 0) return { settings, problem, unprotected: undefined };
  const { units } = problem;
  requireLayers(protectedLayers, units);
  const unprotected = new UnprotectedUnits(units, protectedLayers);
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
  const most = unprotected.count === 0 ? 0 : unprotected.totalCost - smallestUnitCost(unprotected);
  if (!(sparsity * all.totalCost > most)) return;
  const highest = Math.floor((most / all.totalCost) * 1e6) / 1e6;
  const message = `Protected layers keep all they have: give at most ${highest}, or protect fewer layers.`;
  throw invalidArgument('SPARSITY_UNREACHABLE', 'settings.sparsity', message);
}
