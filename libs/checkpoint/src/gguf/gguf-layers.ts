import { withoutEmptyLayers } from '../cut/layer-cut.ts';
import type { LayerCut } from '../cut/layer-cut.ts';

/**
 * Width of the all-zero FFN that stands for a removed one. llama.cpp forgets the attention of a layer whose FFN has
 * width 0; 32 is the block length of Q8_0 and Q4_0, so that the file can still be quantised.
 */
const EMPTY_FFN_WIDTH = 32;

/** A layer as it is written. Widths are of the file; what is left of the original is in `cut`. */
export interface GgufLayer {
  readonly cut: LayerCut;
  /** 0 in a layer without attention. */
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly ffnWidth: number;
}

export interface GgufLayout {
  /** `deci` is llama.cpp's LLaMA with sizes of its own in every layer; `llama` takes all from the first. */
  readonly architecture: 'llama' | 'deci';
  readonly layers: readonly GgufLayer[];
}

/**
 * How llama.cpp can carry a cut exactly: layers that lost both modules are left out; the first layer must have
 * attention (llama.cpp takes head sizes from it), so a zero head stands in; a removed FFN becomes one of zeros.
 */
export function ggufLayout(cuts: readonly LayerCut[]): GgufLayout {
  const layers = withoutEmptyLayers(cuts).map((cut, position) => {
    const needsZeroHead = position === 0 && cut.kvGroups.length === 0;
    return {
      cut,
      queryHeads: needsZeroHead ? 1 : cut.queryHeads.length,
      kvHeads: needsZeroHead ? 1 : cut.kvGroups.length,
      ffnWidth: cut.neurons.length === 0 ? EMPTY_FFN_WIDTH : cut.neurons.length,
    };
  });
  const [first] = layers;
  const uniform = layers.every(
    (layer) =>
      layer.queryHeads === first?.queryHeads && layer.kvHeads === first.kvHeads && layer.ffnWidth === first.ffnWidth,
  );
  return { architecture: uniform ? 'llama' : 'deci', layers };
}
