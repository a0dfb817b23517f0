import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/**
 * The steps of a normalizer or pre-tokenizer of tokenizer.json: those of a Sequence, or the one there is, or none.
 * @param list the key that a Sequence keeps its steps under: `normalizers` or `pretokenizers`
 */
export function components(step: JsonObject | undefined, list: 'normalizers' | 'pretokenizers'): JsonObject[] {
  if (step === undefined) return [];
  const steps = step['type'] === 'Sequence' ? step[list] : [step];
  return Array.isArray(steps) ? steps.filter(isJsonObject) : [];
}
