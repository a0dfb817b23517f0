import { hasParallelBlocks } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend, StorageSizes } from '@bonsai/ops';
import type { StatisticKind, UnitSet } from '@bonsai/pruning';
import { bandedBytes } from '../forward/banded-sum.ts';
import { planChunks } from '../forward/plan-chunks.ts';
import type { WindowChunk } from '../forward/plan-chunks.ts';
import { logitRows } from '../divergence/logit-rows.ts';
import { tokensPerPosition } from '../divergence/predictions.ts';
import { planLayers } from '../statistics/plan-layers.ts';
import { chunksAtOnce } from './chunks-at-once.ts';
import type { KeptWidths } from './kept-widths.ts';
import { headInputs } from './weight-bytes.ts';
import type { RecoveryWork } from './recovery-bytes.ts';

/**
 * Masks that are evaluated on the windows, and whether they are compared with another model's predictions; kinds of statistics
 * that are collected; predictions.
 */
export type PassWork =
  | { readonly masks: number; readonly compared?: boolean }
  | { readonly statistics: readonly StatisticKind[] }
  | { readonly predictions: true };

/** A request takes passes of the model over its windows, or is a recovery that is fitted on them. */
export type Work = PassWork | { readonly recovery: RecoveryWork };

/** What is asked of a model. */
export interface MemoryRequest {
  readonly config: ModelConfig;
  readonly cut: UnitSet;
  /** Tokens per window; at least one window. */
  readonly windowLengths: readonly number[];
  readonly work: Work;
  /** Rows that may go through the model together; fewer do where memory wants it. */
  readonly rowsPerChunk?: number;
}

/** How the work of a request is divided. */
export interface Division {
  /** Most rows (masks x tokens) that go through the model together. */
  readonly maxRows: number;
  /** Most elements of Gram matrices that are on the device together. */
  readonly gramElements: number;
  /** Whether every layer is a submit of its own, behind which its activations are given back. */
  readonly layerByLayer: boolean;
  /** Chunks that may be on their way at once, each with activations of its own. */
  readonly lanes: 1 | 2;
}

/** Bytes of device memory that a request takes beside the weights, at its peak. */
export interface RequestBytes {
  /** Matrices with one row per mask and token. */
  readonly activations: number;
  /** Masks, tokens, partial sums, what is read back. */
  readonly workspace: number;
}

export type DeviceFacts = Pick<Backend, 'sizes' | 'mostRows'>;

/**
 * From shapes alone. Where layers are submitted one by one, as under a budget, an upper bound and a close one. Where they are
 * not, the activations of all layers that one submit holds count: this adds up those of all widths, but takes masks to differ
 * from the first block on. Masks that part later leave smaller activations behind until the submit ends: up to a seventh of
 * everything more was seen.
 */
export function requestBytes(
  request: MemoryRequest & { readonly work: PassWork },
  widths: readonly KeptWidths[],
  division: Division,
  device: DeviceFacts,
): RequestBytes {
  const { config, windowLengths, work } = request;
  const masks = 'masks' in work ? work.masks : 1;
  const { masksPerBatch, chunks } = planChunks(windowLengths, masks, division.maxRows);
  const bytesOf = eachSizeOnce((chunk): RequestBytes => {
    const activations = activationBytes(config, widths, chunk, division.layerByLayer, device.sizes);
    const inputs = inputBytes(config, widths, chunk, device.sizes);
    const outputs =
      'statistics' in work
        ? sumsBytes(config, { ...division, statistics: work.statistics, widths }, { ...chunk, activations }, device)
        : headBytes(config, work, chunk, device);
    return { activations, workspace: inputs + outputs };
  });
  const sizes = chunkSizes(chunks, masksPerBatch);
  return chunksAtOnce(sizes, Math.ceil(masks / masksPerBatch), division.lanes)
    .map((together) => together.map(bytesOf).reduce(both))
    .reduce(larger);
}

/** Columns of the matrix of chosen logits, 0 where there is none. */
export function gatheredWidth({ config, work }: MemoryRequest): number {
  const gathers = 'predictions' in work || ('masks' in work && work.compared === true);
  return gathers ? tokensPerPosition(config.vocabSize) : 0;
}

export const totalBytes = ({ activations, workspace }: RequestBytes): number => activations + workspace;

export const larger = (one: RequestBytes, other: RequestBytes): RequestBytes =>
  totalBytes(other) > totalBytes(one) ? other : one;

export const both = (one: RequestBytes, other: RequestBytes): RequestBytes => ({
  activations: one.activations + other.activations,
  workspace: one.workspace + other.workspace,
});

export interface ChunkSize {
  readonly masks: number;
  readonly windows: number;
  readonly windowLength: number;
  readonly rows: number;
}

export function chunkSizes(chunks: readonly WindowChunk[], masks: number): ChunkSize[] {
  return chunks.map(({ windowLength, windows: { length: windows } }) => ({
    masks,
    windows,
    windowLength,
    rows: masks * windows * windowLength,
  }));
}

/** Chunks are many and most are alike: what they take is computed once for all of a size. */
export function eachSizeOnce(compute: (chunk: ChunkSize) => RequestBytes): (chunk: ChunkSize) => RequestBytes {
  const known = new Map<string, RequestBytes>();
  return (chunk) => {
    const size = `${chunk.windowLength}/${chunk.windows}`;
    const bytes = known.get(size) ?? compute(chunk);
    known.set(size, bytes);
    return bytes;
  };
}

/**
 * The residual stream, its normalised copy, and what layers need: once where they are alike. Masks that differ from the
 * first block on, as those of a search do, share the embeddings only.
 */
export function activationBytes(
  config: ModelConfig,
  widths: readonly KeptWidths[],
  { rows, masks }: ChunkSize,
  layerByLayer: boolean,
  sizes: StorageSizes,
): number {
  const { hiddenSize } = config;
  const shared = masks > 1 ? sizes.matrix(rows / masks, hiddenSize) : 0;
  const columns = ['qkv', 'headColumns', 'raised', 'neurons'] as const;
  const stream = sizes.matrix(rows, hiddenSize);
  // What parallel blocks share parts between them, beside the stream.
  const parting = hasParallelBlocks(config) ? stream : 0;
  const headInput = sizes.matrix(rows, headInputs(config));
  if (layerByLayer) {
    const ofLayer = Math.max(...widths.map((width) => sumOf(columns, (of) => matrixBytes(rows, width[of], sizes))));
    return shared + stream + Math.max(stream + Math.max(ofLayer, parting), headInput);
  }
  const ofLayers = sumOf(columns, (of) =>
    sumOf(runsOf(widths.map((width) => width[of])), (cols) => sizes.matrix(rows, cols)),
  );
  const normalized = headInputs(config) === hiddenSize ? stream : stream + headInput;
  return shared + stream + normalized + ofLayers;
}

const sumOf = <T>(values: readonly T[], bytes: (value: T) => number): number =>
  values.reduce((sum, value) => sum + bytes(value), 0);

const matrixBytes = (rows: number, cols: number, sizes: StorageSizes): number =>
  cols === 0 ? 0 : sizes.matrix(rows, cols);

/** Widths without those that repeat the one before; a block that is gone needs nothing. */
function runsOf(widths: readonly number[]): number[] {
  const present = widths.filter((width) => width > 0);
  return present.filter((width, i) => width !== present[i - 1]);
}

function inputBytes(
  { headDim, rotaryDim }: ModelConfig,
  widths: readonly KeptWidths[],
  { masks, windows, windowLength }: ChunkSize,
  sizes: StorageSizes,
): number {
  const selections = widths.map(({ groups, headColumns, neurons }) => {
    const queryHeads = headColumns / headDim;
    const heads = sizes.selection(masks, queryHeads + 2 * groups, headDim);
    const attention = groups === 0 ? 0 : sizes.selection(masks, queryHeads, headDim) + heads;
    return attention + (neurons === 0 ? 0 : sizes.selection(masks, neurons, 1));
  });
  const tokens = sizes.indices(windows * windowLength);
  const divisions = Math.min(masks - 1, 2 * widths.length) * sizes.indices(masks);
  const fixed = 2 * tokens + sizes.matrix(windowLength, rotaryDim) + divisions;
  return selections.reduce((sum, bytes) => sum + bytes, fixed);
}

/** What the head makes of rows, with what computing or reading it takes. */
export function headBytes(
  config: ModelConfig,
  work: Exclude<PassWork, { readonly statistics: unknown }>,
  { rows, windows, windowLength }: ChunkSize,
  device: DeviceFacts,
): number {
  const { sizes } = device;
  const { vocabSize } = config;
  const scratch = sizes.lossScratch(rows, vocabSize, headInputs(config));
  const losses = sizes.matrix(rows, 1);
  if ('masks' in work && work.compared !== true) return losses + Math.max(scratch, sizes.readBack(rows, 1));
  const width = tokensPerPosition(vocabSize);
  const gathered = losses + sizes.matrix(rows, width) + sizes.indices(windows * windowLength * width);
  const gathering = Math.max(scratch, sizes.readBack(rows, width));
  if ('masks' in work) return gathered + gathering;
  const together = logitRows(rows, vocabSize, device);
  const logits = sizes.matrix(together, vocabSize) + sizes.matrix(together, headInputs(config));
  const reading = sizes.indices(together) + sizes.readBack(together, vocabSize);
  return logits + Math.max(reading, gathered + gathering);
}

/** Which sums there are, of which layers, and how they are divided. */
interface Sums extends Division {
  readonly statistics: readonly StatisticKind[];
  readonly widths: readonly KeptWidths[];
}

/** The sums of statistics, with what computing or reading them takes beside the activations of a chunk. */
function sumsBytes(
  { hiddenSize }: ModelConfig,
  { statistics, widths, gramElements, layerByLayer }: Sums,
  { rows, activations }: Pick<ChunkSize, 'rows'> & Pick<RequestBytes, 'activations'>,
  device: DeviceFacts,
): number {
  const { sizes } = device;
  const withGram = statistics.includes('obs');
  const runs = planLayers(widths, withGram, gramElements).map((layers) =>
    layers.reduce((sum, layer) => sum + sumBytes(widths[layer], hiddenSize, withGram, device), 0),
  );
  // Sums are read back one by one, when the activations are gone.
  const widest = Math.max(...widths.flatMap(({ headColumns, neurons }) => [headColumns, neurons]));
  const readBack = withGram ? sizes.readBack(widest, widest) : 0;
  // Between runs the stream is, beside activations unless those of the last layer are gone.
  const passing = runs.length > 1 && !layerByLayer ? sizes.readBack(rows, hiddenSize) : 0;
  // The stream as it entered the layer, ones to normalise it with, and the cosines.
  const similarity = statistics.includes('similarity')
    ? sizes.matrix(rows, hiddenSize) +
      sizes.matrix(1, hiddenSize) +
      sizes.matrix(rows, 1) +
      widths.length * sizes.matrix(3, 1)
    : 0;
  return Math.max(...runs) + similarity + Math.max(passing, readBack - activations);
}

function sumBytes(width: KeptWidths | undefined, hiddenSize: number, withGram: boolean, device: DeviceFacts): number {
  const { sizes } = device;
  const columns = [width?.headColumns ?? 0, width?.neurons ?? 0].filter((cols) => cols > 0);
  const blocks = columns.map((cols) => sizes.matrix(3, cols) + (withGram ? bandedBytes(cols, cols, device) : 0));
  return blocks.reduce((sum, bytes) => sum + bytes, 2 * sizes.matrix(3, hiddenSize));
}
