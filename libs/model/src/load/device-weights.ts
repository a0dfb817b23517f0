import type { GatedWeight, Matrix, Weight } from '@bonsai/ops';
import type { ColumnNorms } from './column-norms.ts';

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
  readonly outputNorms: ColumnNorms;
  readonly kvGroups: number;
}

/** FFN block of a layer; present where the layer has a neuron left. */
export interface FfnWeights {
  /** [1, hidden] */
  readonly norm: Matrix;
  readonly gateUp: GatedWeight;
  /** [hidden, kept neurons] */
  readonly down: Weight;
  readonly downNorms: ColumnNorms;
  readonly neurons: number;
}

export interface LayerWeights {
  readonly attention: AttentionWeights | undefined;
  readonly ffn: FfnWeights | undefined;
}

/** A compacted model on a backend. */
export interface DeviceWeights {
  readonly embedding: Weight;
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: Matrix;
  /** The same object as `embedding` where the checkpoint ties them. */
  readonly head: Weight;
  /** Device bytes of the packed weights. */
  readonly byteLength: number;
}
