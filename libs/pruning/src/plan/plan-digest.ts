import { digest } from '@bonsai/support';
import type { UnitSet } from '../units/unit-set.ts';

/**
 * Content address of a plan: SHA-256 (hex) over the model's revision, which of its units are cut, and the digest of the
 * recovered weights where there are any.
 */
export function planDigest(modelRevision: string, cut: UnitSet, weightsDigest?: string): string {
  return digest('bonsai.plan.v1', modelRevision, cut, ...(weightsDigest === undefined ? [] : [weightsDigest]));
}
