import { layerTensors } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend, StorageSizes } from '@bonsai/ops';
import type { StatisticKind, UnitSet } from '@bonsai/pruning';
import { planChunks } from '../forward/plan-chunks.ts';
import { ROWS_PER_CHUNK, rowLimit } from '../forward/row-limit.ts';
import { planLayers } from '../statistics/plan-layers.ts';
import { keptWidths, widestActivation } from './kept-widths.ts';
import type { KeptWidths } from './kept-widths.ts';

/** What is asked of a model that is alone on a device. */
export interface MemoryRequest {
  readonly config: ModelConfig;
  readonly cut: UnitSet;
  /** Tokens per window; at least one window. */
  readonly windowLengths: readonly number[];
  /** Masks that are evaluated on the windows, or the kinds of statistics that are collected. */
  readonly work: { readonly masks: number } | { readonly statistics: readonly StatisticKind[] };
  readonly rowsPerChunk?: number;
}

/** Bytes of device memory at the peak of a request. */
export interface MemoryPlan {
  /** Packed weights and norms. */
  readonly weights: number;
  /** Matrices with one row per mask and token. */
  readonly activations: number;
  /** Masks, tokens, partial sums, what is read back. */
  readonly workspace: number;
}

type DeviceFacts = Pick<Backend, 'sizes' | 'maxMatrixElements'>;

/**
 * Device memory that a request takes, from shapes alone: nothing is read and nothing runs. An upper bound, and a close
 * one where the layers are of one width; where widths differ, the activations of all layers that one submit holds count,
 * and this adds up those of all layers.
 * @throws BonsaiError WINDOW_LENGTH, SETTING_INVALID, DEVICE_OUT_OF_MEMORY if the device cannot hold what is asked for
 */
export function planMemory(request: MemoryRequest, device: DeviceFacts): MemoryPlan {
  const { config, cut, windowLengths } = request;
  const { sizes } = device;
  if (windowLengths.length === 0) throw new RangeError('a plan needs a window');
  const widths = keptWidths(config, cut);
  const weights = weightBytes(config, widths, sizes);
  const chunks = chunkSizes(request, widths, device.maxMatrixElements);
  const peaks = chunks.map((chunk) => {
    const activations = activationBytes(config, widths, chunk, sizes);
    const inputs = inputBytes(config, widths, chunk, sizes);
    return { activations, workspace: inputs + outputBytes(request, widths, chunk.rows, activations, device) };
  });
  const { activations, workspace } = peaks.reduce((most, peak) => (total(peak) > total(most) ? peak : most));
  // While weights are packed there are no activations yet.
  return { weights, activations, workspace: Math.max(workspace, sizes.packing() - activations) };
}

const total = ({ activations, workspace }: Omit<MemoryPlan, 'weights'>): number => activations + workspace;

interface ChunkSize {
  readonly masks: number;
  readonly windows: number;
  readonly windowLength: number;
  readonly rows: number;
}

function chunkSizes(
  { config, windowLengths, work, rowsPerChunk = ROWS_PER_CHUNK }: MemoryRequest,
  widths: readonly KeptWidths[],
  maxMatrixElements: number,
): ChunkSize[] {
  const widest = widestActivation(config.hiddenSize, widths);
  const maxRows = rowLimit(widest, maxMatrixElements, rowsPerChunk, windowLengths);
  const { masksPerBatch, chunks } = planChunks(windowLengths, 'masks' in work ? work.masks : 1, maxRows);
  return chunks.map(({ windowLength, windows }) => ({
    masks: masksPerBatch,
    windows: windows.length,
    windowLength,
    rows: masksPerBatch * windows.length * windowLength,
  }));
}

function weightBytes(config: ModelConfig, widths: readonly KeptWidths[], sizes: StorageSizes): number {
  const { hiddenSize, vocabSize, tiedHead } = config;
  const norm = sizes.matrix(1, hiddenSize);
  const tensors = new Set(layerTensors(config));
  const headGains = tensors.has('queryNorm') ? sizes.matrix(2, config.headDim) : 0;
  const layers = widths.map(({ qkv, heads, neurons }) => {
    const bias = tensors.has('queryBias') ? sizes.matrix(1, qkv) : 0;
    const maps = sizes.weight(qkv, hiddenSize) + sizes.weight(hiddenSize, heads);
    const attention = heads === 0 ? 0 : norm + maps + bias + headGains;
    const ffn = neurons === 0 ? 0 : norm + sizes.gatedWeight(neurons, hiddenSize) + sizes.weight(hiddenSize, neurons);
    return attention + ffn;
  });
  const tables = (tiedHead ? 1 : 2) * sizes.weight(vocabSize, hiddenSize);
  return layers.reduce((sum, bytes) => sum + bytes, tables + norm);
}

/**
 * The residual stream, its normalised copy, and what layers need: once where they are alike. Masks that differ from the
 * first block on, as those of a search do, share the embeddings only.
 */
function activationBytes(
  { hiddenSize }: ModelConfig,
  widths: readonly KeptWidths[],
  { rows, masks }: ChunkSize,
  sizes: StorageSizes,
): number {
  const shared = masks > 1 ? sizes.matrix(rows / masks, hiddenSize) : 0;
  const columns = (['qkv', 'heads', 'neurons'] as const).flatMap((of) => runsOf(widths.map((width) => width[of])));
  return [hiddenSize, hiddenSize, ...columns].reduce((sum, cols) => sum + sizes.matrix(rows, cols), shared);
}

/** Widths without those that repeat the one before; a block that is gone needs nothing. */
function runsOf(widths: readonly number[]): number[] {
  const present = widths.filter((width) => width > 0);
  return present.filter((width, i) => width !== present[i - 1]);
}

function inputBytes(
  { headDim, queryHeads, kvHeads }: ModelConfig,
  widths: readonly KeptWidths[],
  { masks, windows, windowLength }: ChunkSize,
  sizes: StorageSizes,
): number {
  const queriesPerGroup = queryHeads / kvHeads;
  const selections = widths.map(({ groups, neurons }) => {
    const heads = sizes.selection(masks, groups * (queriesPerGroup + 2), headDim);
    const attention = groups === 0 ? 0 : sizes.selection(masks, groups, queriesPerGroup * headDim) + heads;
    return attention + (neurons === 0 ? 0 : sizes.selection(masks, neurons, 1));
  });
  const tokens = sizes.indices(windows * windowLength);
  const fixed = 2 * tokens + sizes.matrix(windowLength, headDim) + sizes.indices(masks);
  return selections.reduce((sum, bytes) => sum + bytes, fixed);
}

/** The losses, or the sums of statistics, with what computing or reading them takes. */
function outputBytes(
  { config, work }: MemoryRequest,
  widths: readonly KeptWidths[],
  rows: number,
  activations: number,
  { sizes, maxMatrixElements }: DeviceFacts,
): number {
  const { hiddenSize, vocabSize } = config;
  if ('masks' in work) {
    const scratch = sizes.lossScratch(rows, vocabSize, hiddenSize);
    return sizes.matrix(rows, 1) + Math.max(scratch, sizes.readBack(rows, 1));
  }
  const withGram = work.statistics.includes('obs');
  const runs = planLayers(widths, withGram, maxMatrixElements).map((layers) =>
    layers.reduce((sum, layer) => sum + sumBytes(widths[layer], hiddenSize, withGram, sizes), 0),
  );
  // Sums are read back one by one, when the activations are gone.
  const widest = Math.max(...widths.flatMap(({ heads, neurons }) => [heads, neurons]));
  const readBack = withGram ? sizes.readBack(widest, widest) : 0;
  // The stream as it entered the layer, ones to normalise it with, and the cosines.
  const similarity = work.statistics.includes('similarity')
    ? sizes.matrix(rows, hiddenSize) +
      sizes.matrix(1, hiddenSize) +
      sizes.matrix(rows, 1) +
      widths.length * sizes.matrix(3, 1)
    : 0;
  return Math.max(...runs) + similarity + Math.max(0, readBack - activations);
}

function sumBytes(width: KeptWidths | undefined, hiddenSize: number, withGram: boolean, sizes: StorageSizes): number {
  const columns = [width?.heads ?? 0, width?.neurons ?? 0].filter((cols) => cols > 0);
  const blocks = columns.map((cols) => sizes.matrix(3, cols) + (withGram ? sizes.matrix(cols, cols) : 0));
  return blocks.reduce((sum, bytes) => sum + bytes, 2 * sizes.matrix(3, hiddenSize));
}
