import type { Checkpoint, TensorInfo } from '../checkpoint.ts';
import { layerTensors } from '../config/tensor-layout.ts';
import { layerTensorName } from '../config/tensor-names.ts';
import type { BiasFlag, ModelConfig } from '../model-config.ts';

/** Biases behind output projections. Few families have them; recovered weights may add them to any. */
export const OUTPUT_BIASES = ['attentionOutputBias', 'downBias'] as const;

export type OutputBias = (typeof OUTPUT_BIASES)[number];

/** Those that the family of a model has none of, so that they can only be added. */
export function foreignBiases(config: ModelConfig): OutputBias[] {
  const own = new Set(layerTensors(config));
  return OUTPUT_BIASES.filter((bias) => !own.has(bias));
}

/** Those of one layer that a checkpoint has been given, though its family has none. */
export function addedBiases({ config, tensors }: Checkpoint, layer: number): OutputBias[] {
  return foreignBiases(config).filter((bias) => tensors.has(layerTensorName(layer, bias)));
}

/** The checkpoint as if every layer had been given all of them, for what reads no weights. */
export function withForeignBiases(checkpoint: Checkpoint): Checkpoint {
  const { config, tensors } = checkpoint;
  const added = Array.from({ length: config.layerCount }).flatMap((_, layer) =>
    foreignBiases(config).map((bias): TensorInfo => {
      return { name: layerTensorName(layer, bias), dtype: 'F32', shape: [config.hiddenSize] };
    }),
  );
  return { ...checkpoint, tensors: new Map([...tensors, ...added.map((info) => [info.name, info] as const)]) };
}

export function hasAddedBiases(checkpoint: Checkpoint): boolean {
  return Array.from({ length: checkpoint.config.layerCount }).some(
    (_, layer) => addedBiases(checkpoint, layer).length > 0,
  );
}

/** What config.json of a LLaMA with a checkpoint's biases has to say. */
export function biasFlagsOf(checkpoint: Checkpoint): readonly BiasFlag[] {
  return hasAddedBiases(checkpoint) ? ['attention_bias', 'mlp_bias'] : checkpoint.config.biasFlags;
}
