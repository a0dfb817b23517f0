import type { UnitSet } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';

/** A model may lose whole layers, but not all of them. @throws BonsaiError MASK_REMOVES_EVERYTHING */
export function checkLeavesSomething(removed: UnitSet, field: string): void {
  if (!removed.every((member) => member === 1)) return;
  throw invalidArgument('MASK_REMOVES_EVERYTHING', field, 'This removes every unit of the model; leave at least one.');
}
