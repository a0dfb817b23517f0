/** Which layers stay on the device, and which pass through it. */
export interface LayersThatStay {
  readonly staying: ReadonlySet<number>;
  /** Bytes of layers that are on the device at once: those that stay, and two of the others. */
  readonly weights: number;
  /** Bytes of the layers that pass. */
  readonly streamed: number;
}

/** Room for the largest two of the layers that pass: the one that is used, and the next one. */
export function roomToPass(layers: readonly number[]): number {
  const [largest = 0, second = 0] = [...layers].sort((a, b) => b - a);
  return largest + second;
}

/**
 * As many layers as have room beside those that pass. These are spread evenly, so that one comes while several others are
 * computed with.
 * @param layers bytes of each
 */
export function layersThatStay(layers: readonly number[], room: number): LayersThatStay {
  for (let count = 0; ; count++) {
    const passes = (layer: number): boolean =>
      Math.floor(((layer + 1) * count) / layers.length) > Math.floor((layer * count) / layers.length);
    const passing = layers.filter((_, layer) => passes(layer));
    const streamed = passing.reduce((sum, bytes) => sum + bytes, 0);
    const weights = layers.reduce((sum, bytes) => sum + bytes, 0) - streamed + roomToPass(passing);
    if (weights > room && count < layers.length) continue;
    return { staying: new Set([...layers.keys()].filter((layer) => !passes(layer))), weights, streamed };
  }
}
