import type { KeptWidths } from '../cost/kept-widths.ts';

/** Elements of Gram matrices (1 GiB) that are on the device at once where there is room; more are summed in several runs. */
export const GRAM_ELEMENTS = 2 ** 28;

/**
 * Divides the layers into runs whose Gram matrices fit together; all windows go through a run before any goes on to the next.
 * @param gramElements of a run of several layers
 */
export function planLayers(
  layers: readonly Pick<KeptWidths, 'headColumns' | 'neurons'>[],
  withGram: boolean,
  gramElements: number,
): number[][] {
  if (!withGram) return [[...layers.keys()]];
  const runs: number[][] = [];
  let elements = Infinity;
  for (const [layer, { headColumns, neurons }] of layers.entries()) {
    const needed = headColumns ** 2 + neurons ** 2;
    if (elements + needed > gramElements) {
      runs.push([]);
      elements = 0;
    }
    runs.at(-1)?.push(layer);
    elements += needed;
  }
  return runs;
}
