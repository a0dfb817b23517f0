import { invalidArgument } from '@bonsai/support';
import { methodTraits } from '../procedure/method-traits.ts';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import { DEFAULT_UNITS, PRUNED_UNITS, takesWholes } from '../units/pruned-units.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';

/** @throws BonsaiError SETTING_INVALID for settings.units */
export function requireUnits({ units, method, layout }: PruningSettings): void {
  if (units === undefined) return;
  if (units.length === 0 || units.some((unit) => !PRUNED_UNITS.includes(unit))) {
    throw invalid(`Set settings.units to some of ${PRUNED_UNITS.join(', ')}.`);
  }
  if (methodTraits(method).removesBlocks) {
    throw invalid(`The method ${method} removes whole blocks whatever is asked for: leave out settings.units.`);
  }
  if (!DEFAULT_UNITS.every((kind) => units.includes(kind))) requireOneKind(units, layout);
  if (takesWholes({ units })) requireSearchOfWholes(method, layout);
}

/** Blocks and layers are sets of the other units. */
function requireOneKind(units: readonly PrunedUnit[], layout: PruningSettings['layout']): void {
  if (takesWholes({ units }))
    throw invalid('Whole blocks and layers compete with both kinds of units: name both in settings.units.');
  if (layout !== 'uniform') return;
  throw invalid('A uniform layout takes units of both kinds from every layer: name both in settings.units.');
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

const invalid = (message: string): Error => invalidArgument('SETTING_INVALID', 'settings.units', message);
