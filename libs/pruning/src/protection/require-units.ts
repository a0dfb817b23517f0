import { invalidArgument } from '@bonsai/support';
import { methodTraits } from '../contract/method-traits.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { DEFAULT_UNITS, PRUNED_UNITS, takesWholes } from '../units/pruned-units.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** @throws BonsaiError SETTING_INVALID for settings.units */
export function requireUnits(settings: PruningSettings, { hasQueryHeads }: UnitTable): void {
  const { units, method, layout } = settings;
  if (units === undefined) return;
  if (units.length === 0 || units.some((unit) => !PRUNED_UNITS.includes(unit))) {
    throw invalid(`Set settings.units to some of ${PRUNED_UNITS.join(', ')}.`);
  }
  if (methodTraits(method).removesBlocks) {
    throw invalid(`The method ${method} removes whole blocks whatever is asked for: leave out settings.units.`);
  }
  if (!DEFAULT_UNITS.every((kind) => units.includes(kind))) requireOneKind(units);
  if (takesWholes({ units })) requireSearchOfWholes(method, layout);
  if (!units.includes('queryHead')) return;
  if (!hasQueryHeads) {
    throw invalid('Every KV group of this model has one query head, which goes with it: leave query heads out.');
  }
  requireChoiceOfHeads(method);
}

/** Blocks and layers are sets of the other units, and heads go from the groups that stay. */
function requireOneKind(units: readonly PrunedUnit[]): void {
  if (takesWholes({ units }))
    throw invalid('Whole blocks and layers compete with both kinds of units: name both in settings.units.');
  if (units.includes('queryHead'))
    throw invalid('Query heads compete with KV groups and FFN neurons: name both in settings.units.');
}

function requireSearchOfWholes(method: PruningSettings['method'], layout: PruningSettings['layout']): void {
  if (method !== 'bonsai') {
    throw invalid(`Only the method bonsai measures whole blocks and layers beside single units, not ${method}.`);
  }
  if (layout !== 'uniform') return;
  throw invalid(
    'A uniform layout leaves every layer both blocks: leave whole blocks and layers out of settings.units.',
  );
}

function requireChoiceOfHeads(method: PruningSettings['method']): void {
  if (method === 'bonsai' || method === 'priorOnly') return;
  throw invalid(`Only the methods bonsai and priorOnly take query heads without their group, not ${method}.`);
}

const invalid = (message: string): Error => invalidArgument('SETTING_INVALID', 'settings.units', message);
