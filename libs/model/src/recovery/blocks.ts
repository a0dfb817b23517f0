import { layerTensorName } from '@bonsai/checkpoint';
import type { ModuleName } from '@bonsai/pruning';
import type { Matrix, Weight } from '@bonsai/ops';
import type { LayerWeights } from '../load/device-weights.ts';
import type { KeptUnits } from '../load/kept-units.ts';
import type { Layers } from '../load/layer-source.ts';
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

/** Another output projection of a block, or a bias behind it. */
export interface DeviceRepair {
  readonly weight?: Weight;
  readonly bias?: Matrix;
}

/**
 * Every block as a layer of its own, so that a pass can stop between the two blocks of a layer, repaired where it is.
 * @param repairs by number of the block
 */
export function blockLayers(layers: Layers, repairs: ReadonlyMap<number, DeviceRepair>): Layers {
  return {
    count: 2 * layers.count,
    async acquire(at, end) {
      const present = await layers.acquire(Math.floor(at / 2), Math.ceil(end / 2));
      const { attention, ffn } = present.weights;
      const block = at % 2 === 0 ? { attention, ffn: undefined } : { attention: undefined, ffn };
      const repair = repairs.get(at);
      return {
        weights: repair === undefined ? block : repaired(block, repair),
        // A layer leaves behind its last block in the pass.
        passing: present.passing && (at % 2 === 1 || at + 1 === end),
        leave: () => present.leave(),
      };
    },
    settle: () => layers.settle(),
  };
}

/** Whether the block has lost something and has something left to make up for it. */
export function isHarmed({ kept: { indices, module } }: Block): boolean {
  return indices.length > 0 && indices.length < module.count;
}

/** Columns of the output projection that the block has kept. */
export function keptColumns({ kept, unitColumns }: Block): number[] {
  return rowsOfUnits(kept.indices, unitColumns);
}

/** The block with another output projection, or with a bias behind it. */
function repaired({ attention, ffn }: LayerWeights, { weight, bias }: DeviceRepair): LayerWeights {
  return {
    attention: attention && { ...attention, output: weight ?? attention.output, outputBias: bias },
    ffn: ffn && { ...ffn, down: weight ?? ffn.down, downBias: bias },
  };
}
