import { invalidArgument } from '@bonsai/support';
import { removesEverything, unevenLayer } from './removals.ts';
import type { UnitSet } from './unit-set.ts';
import type { UnitTable } from './unit-table.ts';

/**
 * A model may lose whole layers, but not all of them, and the groups of a layer keep equally many query heads.
 * @throws BonsaiError MASK_REMOVES_EVERYTHING, MASK_HEADS_UNEVEN
 */
export function checkRemoval(units: UnitTable, removed: UnitSet, field: string): void {
  if (removesEverything(units, removed)) {
    throw invalidArgument(
      'MASK_REMOVES_EVERYTHING',
      field,
      'This removes every unit of the model; leave at least one.',
    );
  }
  const layer = unevenLayer(units, removed);
  if (layer === undefined) return;
  const message = `KV groups of layer ${layer} would keep different numbers of query heads, or none; keep equally many of each.`;
  throw invalidArgument('MASK_HEADS_UNEVEN', field, message);
}
