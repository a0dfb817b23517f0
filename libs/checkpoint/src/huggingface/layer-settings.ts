import type { JsonObject } from '@bonsai/support';

/** First layer that attends over a sliding window, where config.json of a Qwen has no `layer_types`. */
const FIRST_SLIDING = 'max_window_layers';

/**
 * What config.json says of single layers, said of those that are left: lists with an entry for every layer, such as
 * `layer_types`, and the layer from which on attention slides.
 * @param kept indices of the original layers, ascending
 */
export function layerSettings(source: JsonObject, layerCount: number, kept: readonly number[]): JsonObject {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    if (key.includes('layer') && Array.isArray(value) && value.length === layerCount) {
      settings[key] = kept.map((layer): unknown => value[layer]);
    }
  }
  const firstSliding = source[FIRST_SLIDING];
  if (typeof firstSliding === 'number') {
    const keptBefore = kept.filter((layer) => layer < firstSliding).length;
    settings[FIRST_SLIDING] = firstSliding - Math.min(firstSliding, layerCount) + keptBefore;
  }
  return settings;
}
