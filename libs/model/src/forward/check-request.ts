import type { ModelConfig } from '@bonsai/checkpoint';
import { checkRemoval, union } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';
import { checkWindow, invalidArgument } from '@bonsai/support';

/**
 * @param field that the windows came in, for errors
 * @throws BonsaiError WINDOW_LENGTH, TOKEN_OUT_OF_RANGE
 */
export function checkWindows(windows: readonly Uint32Array[], config: ModelConfig, field = 'windows'): void {
  for (const [i, window] of windows.entries()) checkWindow(window, config, `${field}[${i}].token_ids`);
}

/**
 * A set of removed units, given what is cut already.
 * @throws BonsaiError MASK_LENGTH, MASK_REMOVES_EVERYTHING, MASK_HEADS_UNEVEN
 */
export function checkRemoved(removed: UnitSet, cut: UnitSet, units: UnitTable, field: string): void {
  if (removed.length !== units.count) {
    const message = `${field} covers ${removed.length} units, but the model has ${units.count}.`;
    throw invalidArgument('MASK_LENGTH', field, message);
  }
  checkRemoval(units, union(removed, cut), field);
}
