import type { ModelConfig } from '@bonsai/checkpoint';
import type { Matrix } from '@bonsai/ops';
import type { KeptLayer } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import type { ForwardObserver } from '../forward/forward-pass.ts';
import type { WorkQueue } from '../forward/work-queue.ts';
import { Holdings } from '../holdings.ts';
import { EMPTY_LAYER } from '../load/device-weights.ts';
import type { LayerWeights } from '../load/device-weights.ts';
import { fixedLayers } from '../load/layer-source.ts';
import { isBudgeted } from '../load/make-room.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { blockOf } from './blocks.ts';
import type { Block } from './blocks.ts';

/** Blocks of one layer without any cut on the device, and a pass that has them as its only layer. */
export interface WholeBlocks {
  readonly pass: ForwardPass;
  readonly weights: LayerWeights;
}

/** Lends whole blocks of one layer to `use`: their weights leave the device when that is done. */
export async function withWholeBlocks<Result>(
  model: LoadedWeights,
  blocks: readonly Block[],
  caller: Caller,
  use: (whole: WholeBlocks) => Promise<Result>,
): Promise<Result> {
  const { backend, checkpoint, weights } = model;
  const holdings = new Holdings();
  try {
    const whole = await loadWhole(model, blocks, holdings);
    const layers = fixedLayers([whole]);
    const options = { caller, layerByLayer: isBudgeted(model) };
    const pass = new ForwardPass(backend, checkpoint.config, { ...weights, layers }, options);
    try {
      return await use({ pass, weights: whole });
    } finally {
      await pass.release();
    }
  } finally {
    holdings.release();
  }
}

async function loadWhole(
  { backend, checkpoint }: LoadedWeights,
  blocks: readonly Block[],
  held: Holdings,
): Promise<LayerWeights> {
  const loader = new WeightLoader(backend, checkpoint, held);
  let weights = EMPTY_LAYER;
  for (const block of blocks) {
    weights = { ...weights, ...blockOf(await loader.layer(layerWithOnly(block, checkpoint.config)), block.kind) };
  }
  return weights;
}

/** A layer that keeps all of one block and nothing else. */
function layerWithOnly({ layer, kind }: Block, { kvHeads, queryHeads, ffnSize }: ModelConfig): KeptLayer {
  const isAttention = kind === 'attention';
  return {
    layer,
    kvGroups: isAttention ? range(kvHeads) : [],
    queryHeads: isAttention ? range(queryHeads) : [],
    ffnNeurons: isAttention ? [] : range(ffnSize),
  };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Sees what goes into output projections, see {@link ForwardObserver}; what a block gets and what it makes of it are not fitted. */
export function inputObserver(see: (queue: WorkQueue, x: Matrix) => Promise<void>): ForwardObserver {
  return {
    enters: () => undefined,
    outputProjectionInput: (queue, _layer, _block, x) => see(queue, x),
    residual: () => undefined,
  };
}
