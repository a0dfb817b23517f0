import { layerTensorName } from '@bonsai/checkpoint';
import type { ModuleName } from '@bonsai/pruning';
import type { Weight } from '@bonsai/ops';
import type { LayerWeights } from '../load/device-weights.ts';
import type { KeptUnits } from '../load/kept-units.ts';
import { rowsOfUnits } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';

/** One block of one layer, attention or FFN. */
export interface Block extends ModuleName {
  readonly kept: KeptUnits;
  /** Columns of the output projection that belong to one unit. */
  readonly unitColumns: number;
  /** Name of the output projection. */
  readonly tensor: string;
}

/** All blocks in the order in which the residual stream meets them. */
export function blocksOf({ kept, units }: LoadedWeights): Block[] {
  const { queryHeadsPerGroup, headDim } = units.shape;
  return kept.flatMap(({ attention, ffn }, layer): Block[] => [
    {
      ...{ layer, kind: 'kvGroup', kept: attention, unitColumns: queryHeadsPerGroup * headDim },
      tensor: layerTensorName(layer, 'attentionOutput'),
    },
    { layer, kind: 'ffnNeuron', kept: ffn, unitColumns: 1, tensor: layerTensorName(layer, 'down') },
  ]);
}

/** Every block as a layer of its own, so that a pass can stop between the two blocks of a layer. */
export function blockLayers(layers: readonly LayerWeights[]): LayerWeights[] {
  return layers.flatMap(({ attention, ffn }) => [
    { attention, ffn: undefined },
    { attention: undefined, ffn },
  ]);
}

/** Whether the block has lost something and has something left to make up for it. */
export function isHarmed({ kept: { indices, module } }: Block): boolean {
  return indices.length > 0 && indices.length < module.count;
}

/** Columns of the output projection that the block has kept. */
export function keptColumns({ kept, unitColumns }: Block): number[] {
  return rowsOfUnits(kept.indices, unitColumns);
}

/** The block with another output projection. */
export function withOutput({ attention, ffn }: LayerWeights, output: Weight): LayerWeights {
  return {
    attention: attention === undefined ? undefined : { ...attention, output },
    ffn: ffn === undefined ? undefined : { ...ffn, down: output },
  };
}
