import { hasParallelBlocks, headRows, layerTensorName } from '@bonsai/checkpoint';
import type { BlockKind, ModuleName } from '@bonsai/pruning';
import type { Matrix, Weight } from '@bonsai/ops';
import { EMPTY_LAYER } from '../load/device-weights.ts';
import type { LayerWeights } from '../load/device-weights.ts';
import type { Layers } from '../load/layer-source.ts';
import type { LoadedWeights } from '../loaded-weights.ts';

/** One block of one layer, attention or FFN. */
export interface Block extends ModuleName {
  readonly kind: BlockKind;
  /** Columns of the output projection that the block has kept, out of `width`. */
  readonly columns: readonly number[];
  readonly width: number;
  /** Blocks that read the same stream, this one among them. */
  readonly abreast: number;
  /** Names of the output projection and of the bias behind it, which not every checkpoint has. */
  readonly tensor: string;
  readonly biasTensor: string;
}

/** All blocks in the order in which the residual stream meets them. */
function blocksOf({ kept, checkpoint }: LoadedWeights): Block[] {
  const { queryHeads, headDim, ffnSize } = checkpoint.config;
  const abreast = hasParallelBlocks(checkpoint.config) ? 2 : 1;
  return kept.flatMap(({ layer, queryHeads: heads, ffnNeurons }): Block[] => [
    {
      ...{ layer, kind: 'attention', columns: headRows(heads, headDim), width: queryHeads * headDim },
      abreast,
      tensor: layerTensorName(layer, 'attentionOutput'),
      biasTensor: layerTensorName(layer, 'attentionOutputBias'),
    },
    {
      ...{ layer, kind: 'ffn', columns: ffnNeurons, width: ffnSize },
      abreast,
      tensor: layerTensorName(layer, 'down'),
      biasTensor: layerTensorName(layer, 'downBias'),
    },
  ]);
}

/** Blocks in steps: those of a step read the same stream. */
export function stepsOf(model: LoadedWeights): (readonly Block[])[] {
  const blocks = blocksOf(model);
  const abreast = blocks[0]?.abreast ?? 1;
  return Array.from({ length: blocks.length / abreast }, (_, step) =>
    blocks.slice(step * abreast, (step + 1) * abreast),
  );
}

/** Another output projection of a block, or another bias behind it. */
export interface DeviceRepair {
  readonly weight?: Weight;
  readonly bias?: Matrix;
}

/** Every step as a layer of its own, so that a pass can stop between the steps of a layer, repaired where it is. */
export function stepLayers(
  layers: Layers,
  steps: readonly (readonly Block[])[],
  repairs: ReadonlyMap<Block, DeviceRepair>,
): Layers {
  const perLayer = steps.length / layers.count;
  return {
    count: steps.length,
    async acquire(at, end) {
      const present = await layers.acquire(Math.floor(at / perLayer), Math.ceil(end / perLayer));
      const blocks = steps[at] ?? [];
      return {
        weights: blocks.reduce<LayerWeights>(
          (layer, block) => ({ ...layer, ...blockOf(present.weights, block.kind, repairs.get(block)) }),
          EMPTY_LAYER,
        ),
        // A layer leaves behind its last step in the pass.
        passing: present.passing && (at % perLayer === perLayer - 1 || at + 1 === end),
        leave: () => present.leave(),
      };
    },
    settle: () => layers.settle(),
  };
}

/** One block of a layer, with another output projection or another bias behind it if it is repaired. */
export function blockOf(
  { attention, outputBias, ffn, downBias }: LayerWeights,
  kind: BlockKind,
  { weight, bias }: DeviceRepair = {},
): Partial<LayerWeights> {
  return kind === 'attention'
    ? { attention: attention && { ...attention, output: weight ?? attention.output }, outputBias: bias ?? outputBias }
    : { ffn: ffn && { ...ffn, down: weight ?? ffn.down }, downBias: bias ?? downBias };
}

/** Whether the block has lost something. */
export function isCut({ columns, width }: Block): boolean {
  return columns.length < width;
}

/** Whether the block has lost something and has something left to make up for it. */
export function isHarmed(block: Block): boolean {
  return isCut(block) && block.columns.length > 0;
}
