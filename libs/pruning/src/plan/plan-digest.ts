import { digest } from '@bonsai/support';
import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/**
 * Content address of a plan: SHA-256 (hex) over the model's revision, which of its units are cut, and the digest of the
 * recovered weights where there are any. Query heads count where they go without their group.
 */
export function planDigest(modelRevision: string, units: UnitTable, cut: UnitSet, weightsDigest?: string): string {
  const heads = units.module(0, 'queryHead').start;
  const canonical = withoutHeadsOfGroups(units, cut);
  const members = canonical.includes(1, heads) ? canonical : canonical.subarray(0, heads);
  return digest(['bonsai.plan.v1', modelRevision, members, ...(weightsDigest === undefined ? [] : [weightsDigest])]);
}
