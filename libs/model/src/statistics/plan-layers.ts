import type { Backend } from '@bonsai/ops';
import { BonsaiError } from '@bonsai/support';
import type { KeptWidths } from '../cost/kept-widths.ts';

/** Elements of Gram matrices (1 GiB) that are on the device at once where there is room; more are summed in several runs. */
export const GRAM_ELEMENTS = 2 ** 28;

/**
 * Divides the layers into runs whose Gram matrices fit together; all windows go through a run before any goes on to the next.
 * @param gramElements of a run of several layers
 * @throws BonsaiError SETTING_INVALID if the device cannot hold a Gram matrix of the model
 */
export function planLayers(
  layers: readonly Pick<KeptWidths, 'headColumns' | 'neurons'>[],
  withGram: boolean,
  device: Pick<Backend, 'mostRows'>,
  gramElements: number,
): number[][] {
  if (!withGram) return [[...layers.keys()]];
  const runs: number[][] = [];
  let elements = Infinity;
  for (const [layer, { headColumns, neurons }] of layers.entries()) {
    const widths = [headColumns, neurons];
    const needed = widths.reduce((sum, width) => sum + width * width, 0);
    for (const width of widths) if (width > device.mostRows(width)) throw tooWide(layer, width);
    if (elements + needed > gramElements) {
      runs.push([]);
      elements = 0;
    }
    runs.at(-1)?.push(layer);
    elements += needed;
  }
  return runs;
}

function tooWide(layer: number, width: number): BonsaiError {
  return new BonsaiError(
    `The obs prior needs a ${width} x ${width} matrix for layer ${layer}, more than this device holds; use the energy prior.`,
    { code: 'FAILED_PRECONDITION', reason: 'SETTING_INVALID' },
  );
}
