import { planProto } from '@bonsai/rpc';
import { digest } from '@bonsai/support';

/**
 * SHA-256 (hex) over the settings that made a plan, in proto3 JSON: a field at its default is left out, so a setting
 * that is added later leaves the digests of earlier plans as they are.
 */
export function settingsDigest(settings: planProto.PlanSettings): string {
  return digest(['bonsai.settings.v1', JSON.stringify(planProto.PlanSettings.toJSON(settings))]);
}
