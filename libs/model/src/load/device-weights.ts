import type { GatedWeight, Matrix, Weight } from '@bonsai/ops';
import type { Layers, LayerSource } from './layer-source.ts';

/** An RMS norm, or a layer norm where there is a bias. */
export interface Norm {
  /** [1, outputs] */
  readonly gain: Matrix;
  /** [1, outputs] */
  readonly bias: Matrix | undefined;
}

/** Maps into the neurons: gate and up of a SwiGLU, or one map with a bias and GELU behind it. */
export type IntoNeurons =
  | { readonly gateUp: GatedWeight }
  | {
      readonly up: Weight;
      /** [1, kept neurons] */
      readonly upBias: Matrix;
    };

/** Attention block of a layer; present where the layer has a KV group left. */
export interface AttentionWeights {
  readonly norm: Norm;
  /** Queries, keys, values of the kept groups, below each other. */
  readonly qkv: Weight;
  /** [1, qkv outputs], in families that have one. */
  readonly qkvBias: Matrix | undefined;
  /** Gains of queries and keys, [2, headDim], in families that normalize heads. */
  readonly headGains: Matrix | undefined;
  /** [hidden, kept query heads * headDim] */
  readonly output: Weight;
  readonly kvGroups: number;
  readonly queryHeads: number;
}

/** FFN block of a layer; present where the layer has a neuron left. */
export interface FfnWeights {
  readonly norm: Norm;
  readonly into: IntoNeurons;
  /** [hidden, kept neurons] */
  readonly down: Weight;
  readonly neurons: number;
}

export interface LayerWeights {
  readonly attention: AttentionWeights | undefined;
  /** [1, hidden] behind attention, in families that have one or where recovery has added it; whatever is left of the block. */
  readonly outputBias: Matrix | undefined;
  readonly ffn: FfnWeights | undefined;
  /** As `outputBias`, behind the FFN. */
  readonly downBias: Matrix | undefined;
}

export const EMPTY_LAYER: LayerWeights = {
  attention: undefined,
  outputBias: undefined,
  ffn: undefined,
  downBias: undefined,
};

/** What every pass begins and ends with; it is always on the device. */
export interface Tables {
  readonly embedding: Weight;
  /** Where the head has a bias, of one output more, which is always 1. */
  readonly finalNorm: Norm;
  /** The same object as `embedding` where the checkpoint ties them. A bias is what it makes of that last input. */
  readonly head: Weight;
}

/** What a pass goes through. */
export interface PassWeights extends Tables {
  readonly layers: Layers;
}

/** A compacted model on a backend, or on its way there. */
export interface DeviceWeights extends Tables {
  readonly layers: LayerSource;
}

/** Device bytes of the packed weights that are there. */
export function packedBytes({ embedding, head, layers }: DeviceWeights): number {
  const maps = [...layers.present.values()].flatMap(({ weights }) => mapsOf(weights));
  const packed = new Set<Weight>([embedding, head, ...maps]);
  return [...packed].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The linear maps of a layer. */
function mapsOf({ attention, ffn }: LayerWeights): Weight[] {
  return [
    ...(attention === undefined ? [] : [attention.qkv, attention.output]),
    ...(ffn === undefined ? [] : ['gateUp' in ffn.into ? ffn.into.gateUp : ffn.into.up, ffn.down]),
  ];
}
