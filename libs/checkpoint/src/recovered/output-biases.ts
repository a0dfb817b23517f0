import type { Checkpoint } from '../checkpoint.ts';
import { layerTensorName } from '../config/tensor-names.ts';

/** Biases that no family has, only recovered weights. */
export const OUTPUT_BIASES = ['attentionOutputBias', 'downBias'] as const;

export type OutputBias = (typeof OUTPUT_BIASES)[number];

/** Those of one layer that a checkpoint has been given. */
export function outputBiases({ tensors }: Checkpoint, layer: number): OutputBias[] {
  return OUTPUT_BIASES.filter((bias) => tensors.has(layerTensorName(layer, bias)));
}

export function hasOutputBiases(checkpoint: Checkpoint): boolean {
  return Array.from({ length: checkpoint.config.layerCount }).some(
    (_, layer) => outputBiases(checkpoint, layer).length > 0,
  );
}
