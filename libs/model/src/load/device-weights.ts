import type { GatedWeight, Matrix, Weight } from '@bonsai/ops';
import type { Layers, LayerSource } from './layer-source.ts';

/** Attention block of a layer; present where the layer has a KV group left. */
export interface AttentionWeights {
  /** [1, hidden] */
  readonly norm: Matrix;
  /** Queries, keys, values of the kept groups, below each other. */
  readonly qkv: Weight;
  /** [1, qkv outputs], in families that have one. */
  readonly qkvBias: Matrix | undefined;
  /** Gains of queries and keys, [2, headDim], in families that normalize heads. */
  readonly headGains: Matrix | undefined;
  /** [hidden, kept query heads * headDim] */
  readonly output: Weight;
  /** [1, hidden], where recovery has given it one. Stays when masks take all units of the block. */
  readonly outputBias: Matrix | undefined;
  readonly kvGroups: number;
}

/** FFN block of a layer; present where the layer has a neuron left. */
export interface FfnWeights {
  /** [1, hidden] */
  readonly norm: Matrix;
  readonly gateUp: GatedWeight;
  /** [hidden, kept neurons] */
  readonly down: Weight;
  /** As {@link AttentionWeights.outputBias}. */
  readonly downBias: Matrix | undefined;
  readonly neurons: number;
}

export interface LayerWeights {
  readonly attention: AttentionWeights | undefined;
  readonly ffn: FfnWeights | undefined;
}

/** What every pass begins and ends with; it is always on the device. */
export interface Tables {
  readonly embedding: Weight;
  readonly finalNorm: Matrix;
  /** The same object as `embedding` where the checkpoint ties them. */
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
export function mapsOf({ attention, ffn }: LayerWeights): Weight[] {
  return [
    ...(attention === undefined ? [] : [attention.qkv, attention.output]),
    ...(ffn === undefined ? [] : [ffn.gateUp, ffn.down]),
  ];
}
