import type { ModelShape } from '@bonsai/pruning';

export type ModelFamily = 'llama' | 'mistral';

/** Frequency scaling of Llama 3.1 (`rope_scaling.rope_type = "llama3"`). */
export interface Llama3RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalContextLength: number;
}

/** What config.json says, checked and with defaults filled in. */
export interface ModelConfig {
  readonly family: ModelFamily;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: Llama3RopeScaling | undefined;
  /** The LM head is the embedding table. */
  readonly tiedHead: boolean;
}

export function modelShape(config: ModelConfig): ModelShape {
  return {
    hiddenSize: config.hiddenSize,
    headDim: config.headDim,
    queryHeadsPerGroup: config.queryHeads / config.kvHeads,
    layers: Array.from({ length: config.layerCount }, () => ({
      kvGroups: config.kvHeads,
      ffnNeurons: config.ffnSize,
    })),
  };
}
