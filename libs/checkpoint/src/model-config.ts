import type { ModelShape, UnitCosts } from '@bonsai/pruning';
import { axisSize, fileTensors, layerTensors } from './config/tensor-layout.ts';
import { LAYER_TENSORS } from './config/tensor-names.ts';
import type { Axis, LayerTensor } from './config/tensor-names.ts';

export type ModelFamily = 'llama' | 'mistral' | 'qwen2' | 'qwen3' | 'phi' | 'phi3';

/** Frequency scaling of Llama 3.1 (`rope_scaling.rope_type = "llama3"`). */
export interface Llama3RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalContextLength: number;
}

/** Keys of config.json that give projections biases. */
export type BiasFlag = 'attention_bias' | 'mlp_bias';

/** What config.json says, checked and with defaults filled in. */
export interface ModelConfig {
  readonly family: ModelFamily;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Elements of a query or key head that are rotated by position, the first ones; an even number. */
  readonly rotaryDim: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: Llama3RopeScaling | undefined;
  /** The LM head is the embedding table. */
  readonly tiedHead: boolean;
  /** Flags that give layers biases beside those that all models of the family have. */
  readonly biasFlags: readonly BiasFlag[];
}

export function modelShape(config: ModelConfig): ModelShape {
  const isGrouped = config.queryHeads > config.kvHeads;
  return {
    unitCosts: unitCosts(config),
    hiddenSize: config.hiddenSize,
    headDim: config.headDim,
    queryHeadsPerGroup: config.queryHeads / config.kvHeads,
    layers: Array.from({ length: config.layerCount }, () => ({
      kvGroups: config.kvHeads,
      ffnNeurons: config.ffnSize,
      ...(isGrouped ? { queryHeads: config.queryHeads } : {}),
    })),
  };
}

/** Parameters of everything that is in no unit. */
export function otherParameters(config: ModelConfig): number {
  let all = 0;
  for (const { shape } of fileTensors(config)) all += shape.reduce((product, size) => product * size, 1);
  const { kvGroup, ffnNeuron } = unitCosts(config);
  return all - config.layerCount * (config.kvHeads * kvGroup + config.ffnSize * ffnNeuron);
}

const GROUP_AXES: ReadonlySet<Axis> = new Set(['query', 'key', 'value', 'head']);

/** @param weightOf what one element of a tensor counts; 1 by default, which gives parameters */
export function unitCosts(
  config: ModelConfig,
  weightOf: (tensor: LayerTensor) => number = () => 1,
): Required<UnitCosts> {
  const elementsAlong = (isAxis: (axis: Axis) => boolean): number =>
    layerTensors(config)
      .map((tensor) => ({ axes: LAYER_TENSORS[tensor].axes, weight: weightOf(tensor) }))
      .filter(({ axes }) => axes.some(isAxis))
      .reduce(
        (sum, { axes, weight }) => sum + axes.reduce((all, axis) => all * axisSize(config, axis).size, weight),
        0,
      );
  return {
    kvGroup: elementsAlong((axis) => GROUP_AXES.has(axis)) / config.kvHeads,
    ffnNeuron: elementsAlong((axis) => axis === 'neuron') / config.ffnSize,
    queryHead: elementsAlong((axis) => axis === 'query' || axis === 'head') / config.queryHeads,
  };
}
