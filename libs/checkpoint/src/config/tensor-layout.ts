import { FAMILIES } from '../families/families.ts';
import type { LayerFiles } from '../families/family.ts';
import type { ModelConfig } from '../model-config.ts';
import { LAYER_TENSORS, layerTensorName, MODEL_TENSOR_AXES, MODEL_TENSORS } from './tensor-names.ts';
import type { Axis, LayerTensor, ModelTensor } from './tensor-names.ts';

/** A tensor with the shape that config.json implies. Linear maps are [outputs, inputs]. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** The config keys that the shape follows from, for messages. */
  readonly because: string;
}

/** A tensor of the files. */
export interface FileTensor extends ExpectedTensor {
  /** What it holds, top to bottom; mostly one tensor, of the same shape. */
  readonly parts: readonly ExpectedTensor[];
}

/**
 * Every tensor that the files of a model have, in the order of the model. One by one, because the number of layers is
 * what config.json claims: whoever finds that the files lack a tensor need not go through the rest.
 */
export function* fileTensors(config: ModelConfig): Generator<FileTensor, void, undefined> {
  yield modelFile(config, MODEL_TENSORS.embedding, 'embedding');
  for (let layer = 0; layer < config.layerCount; layer++) yield* layerFiles(config, layer);
  for (const [file, tensor] of endFiles(config)) yield modelFile(config, file, tensor);
}

/** What follows the layers, in the order of the model: name in the files and tensor. */
export function endFiles({ family, tiedHead }: ModelConfig): (readonly [string, ModelTensor])[] {
  const all = Object.entries(FAMILIES[family].endTensors);
  return tiedHead ? all.filter(([, tensor]) => tensor !== 'head') : all;
}

/** Whether what enters the head's softmax has a bias. */
export function hasHeadBias(config: ModelConfig): boolean {
  return endFiles(config).some(([, tensor]) => tensor === 'headBias');
}

function modelFile(config: ModelConfig, file: string, tensor: ModelTensor): FileTensor {
  const sizes = MODEL_TENSOR_AXES[tensor].map((axis) => axisSize(config, axis));
  const shape = sizes.map(({ size }) => size);
  const because = sizes.map((size) => size.because).join(', ');
  return { name: file, shape, because, parts: [{ name: MODEL_TENSORS[tensor], shape, because }] };
}

/** The tensors of one layer that a model has, in the order of the model. */
export function layerTensors(config: ModelConfig): LayerTensor[] {
  return Object.values(filesOfLayer(config)).flat();
}

/** What the files of a model hold of one layer, in the order of the model. */
export function filesOfLayer({ family, biasFlags }: ModelConfig): LayerFiles {
  const { layerTensors: always, flaggedBiases } = FAMILIES[family];
  return biasFlags.reduce<LayerFiles>((files, flag) => ({ ...files, ...flaggedBiases[flag] }), always);
}

function layerFiles(config: ModelConfig, layer: number): FileTensor[] {
  return Object.entries(filesOfLayer(config)).map(([file, tensors]) => {
    const parts = tensors.map((tensor) => layerTensor(config, layer, tensor));
    const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    const because = [...new Set(parts.flatMap((part) => part.because.split(', ')))].join(', ');
    return {
      name: `model.layers.${layer}.${file}`,
      shape: [rows, ...(parts[0]?.shape.slice(1) ?? [])],
      because,
      parts,
    };
  });
}

function layerTensor(config: ModelConfig, layer: number, tensor: LayerTensor): ExpectedTensor {
  const sizes = LAYER_TENSORS[tensor].axes.map((axis) => axisSize(config, axis));
  return {
    name: layerTensorName(layer, tensor),
    shape: sizes.map(({ size }) => size),
    because: sizes.map(({ because }) => because).join(', '),
  };
}

export function axisSize(
  config: ModelConfig,
  axis: Axis | 'token',
): { readonly size: number; readonly because: string } {
  const { hiddenSize, queryHeads, kvHeads, headDim, ffnSize, vocabSize } = config;
  switch (axis) {
    case 'hidden':
      return { size: hiddenSize, because: `hidden_size ${hiddenSize}` };
    case 'query':
    case 'head':
      return { size: queryHeads * headDim, because: `num_attention_heads ${queryHeads} x head_dim ${headDim}` };
    case 'key':
    case 'value':
      return { size: kvHeads * headDim, because: `num_key_value_heads ${kvHeads} x head_dim ${headDim}` };
    case 'headElement':
      return { size: headDim, because: `head_dim ${headDim}` };
    case 'token':
      return { size: vocabSize, because: `vocab_size ${vocabSize}` };
    case 'neuron':
      return { size: ffnSize, because: `intermediate_size ${ffnSize}` };
  }
}
