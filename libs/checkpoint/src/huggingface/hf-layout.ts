import type { KeptLayer } from '@bonsai/pruning';
import { ZERO } from '../cut/select-tensor.ts';
import { withoutEmptyLayers } from '../cut/kept-layers.ts';
import type { ModelConfig } from '../model-config.ts';

export interface HfLayout {
  /**
   * `uniform`: all layers have equal widths and the model is really smaller. `padded`: they differ, which no stock
   * configuration can say, so that what was removed is zeros in tensors of the original widths.
   */
  readonly kind: 'uniform' | 'padded';
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly ffnSize: number;
  /** What each layer of the output takes; {@link ZERO} is padding. Layers that have lost both modules are left out. */
  readonly layers: readonly KeptLayer[];
}

/** How a stock transformers configuration can carry a cut exactly. */
export function hfLayout(config: ModelConfig, kept: readonly KeptLayer[]): HfLayout {
  const layers = withoutEmptyLayers(config, kept);
  const groups = commonWidth(layers.map(({ kvGroups }) => kvGroups.length));
  const heads = commonWidth(layers.map(({ queryHeads }) => queryHeads.length));
  const neurons = commonWidth(layers.map(({ ffnNeurons }) => ffnNeurons.length));
  if (groups !== undefined && heads !== undefined && neurons !== undefined) {
    return { kind: 'uniform', queryHeads: heads, kvHeads: groups, ffnSize: neurons, layers };
  }
  return {
    kind: 'padded',
    queryHeads: config.queryHeads,
    kvHeads: config.kvHeads,
    ffnSize: config.ffnSize,
    layers: layers.map((layer) => paddedLayer(config, layer)),
  };
}

/** The width that all layers share, if it is one that a configuration can have. */
function commonWidth(widths: readonly number[]): number | undefined {
  const [first] = widths;
  return first !== undefined && first > 0 && widths.every((width) => width === first) ? first : undefined;
}

/** Everything at its original place, zeros where something was removed. */
function paddedLayer(config: ModelConfig, { layer, queryHeads, kvGroups, ffnNeurons }: KeptLayer): KeptLayer {
  return {
    layer,
    queryHeads: inPlace(queryHeads, config.queryHeads),
    kvGroups: inPlace(kvGroups, config.kvHeads),
    ffnNeurons: inPlace(ffnNeurons, config.ffnSize),
  };
}

function inPlace(kept: readonly number[], count: number): number[] {
  const places = new Array<number>(count).fill(ZERO);
  for (const index of kept) places[index] = index;
  return places;
}
