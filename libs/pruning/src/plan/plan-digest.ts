import { digest } from '@bonsai/support';
import type { UnitSet } from '../units/unit-set.ts';

/** Content address of a plan: SHA-256 (hex) over the model's revision and which of its units are cut. */
export function planDigest(modelRevision: string, cut: UnitSet): string {
  return digest('bonsai.plan.v1', modelRevision, cut);
}
