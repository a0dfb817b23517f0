import { hasParallelBlocks } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { StorageSizes } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import { bandedBytes } from '../forward/banded-sum.ts';
import { planChunks } from '../forward/plan-chunks.ts';
import { inputSumOf } from '../recovery/input-sum.ts';
import { wholeWidths } from './kept-widths.ts';
import type { KeptWidths } from './kept-widths.ts';
import { activationBytes, both, chunkSizes, eachSizeOnce, headBytes, larger } from './request-bytes.ts';
import type { ChunkSize, DeviceFacts, Division, RequestBytes } from './request-bytes.ts';
import { layerBytes, packingBytes } from './weight-bytes.ts';

/** Blocks of a cut model that are recovered one after the other. */
export interface RecoveryWork {
  readonly method: RecoveryMethod;
  /** Tokens of the windows to judge by; none where it is known which modules are recovered. */
  readonly heldOut: readonly number[];
}

export interface RecoveryTask {
  readonly config: ModelConfig;
  /** Tokens of the windows to fit on; at least one window. */
  readonly windowLengths: readonly number[];
  readonly recovery: RecoveryWork;
}

/**
 * As requestBytes, of a recovery: beside the streams of all windows, either a whole block with the sums over it, or a pass of
 * the cut model with one block repaired. Every block that has something left may be one that lost something.
 * @param widths what the cut leaves of the layers
 */
export function recoveryBytes(
  { config, windowLengths, recovery }: RecoveryTask,
  widths: readonly KeptWidths[],
  { maxRows, layerByLayer }: Division,
  device: DeviceFacts,
): RequestBytes {
  const sizesOf = (lengths: readonly number[]): ChunkSize[] => chunkSizes(planChunks(lengths, 1, maxRows).chunks, 1);
  const [fit, judge] = [sizesOf(windowLengths), sizesOf(recovery.heldOut)];
  const { sizes } = device;
  const whole = isAligned(recovery) ? fit : [];
  const streams = [...fit, ...whole, ...judge].reduce((sum, chunk) => sum + streamBytes(config, chunk, sizes), 0);
  const repair = Math.max(...widths.map((width) => repairBytes(config, width, recovery, sizes)));
  const steps = isAligned(recovery) ? wholeSteps(config) : [];
  const block = [
    ...steps.map((step) => eachSizeOnce((chunk) => wholeStepBytes(config, step, chunk, sizes))),
    ...wholeBlocks(config).map((blockOfLayer) =>
      eachSizeOnce((chunk) => wholeBlockBytes(config, blockOfLayer, chunk, recovery, device)),
    ),
  ]
    .flatMap((bytesOf) => fit.map(bytesOf))
    .reduce(larger);
  // The other block of the step may be repaired already.
  const wholeBlock = hasParallelBlocks(config) ? { ...block, workspace: block.workspace + repair } : block;
  const pass = eachSizeOnce((chunk) => ({
    activations: activationBytes(config, widths, chunk, layerByLayer, sizes),
    workspace: repair,
  }));
  const head = eachSizeOnce((chunk) => ({
    activations: 0,
    workspace: headBytes(config, { masks: 1 }, chunk, device),
  }));
  const passes = [...fit.map(pass), ...judge.map((chunk) => both(pass(chunk), head(chunk)))];
  // Where passes keep what they leave, it is there beside a whole block.
  const { activations, workspace } = layerByLayer
    ? passes.reduce(larger, wholeBlock)
    : both(wholeBlock, passes.reduce(larger));
  return { activations: activations + streams, workspace: workspace + sizes.indices(1) };
}

/** A residual stream, with tokens, targets and the table of positions. */
function streamBytes(
  { hiddenSize, rotaryDim }: ModelConfig,
  { rows, windowLength }: ChunkSize,
  sizes: StorageSizes,
): number {
  return sizes.matrix(rows, hiddenSize) + 2 * sizes.indices(rows) + sizes.matrix(windowLength, rotaryDim);
}

/** The two blocks of a layer without any cut, each as a layer of its own. */
function wholeBlocks(config: ModelConfig): KeptWidths[] {
  const whole = wholeWidths(config);
  return [
    { ...whole, raised: 0, neurons: 0 },
    { ...whole, groups: 0, qkv: 0, headColumns: 0 },
  ];
}

/** Blocks of a layer that a stream meets together, without any cut. */
const wholeSteps = (config: ModelConfig): KeptWidths[] =>
  hasParallelBlocks(config) ? [wholeWidths(config)] : wholeBlocks(config);

/** The whole model's stream on its way through a step. */
function wholeStepBytes(config: ModelConfig, step: KeptWidths, chunk: ChunkSize, sizes: StorageSizes): RequestBytes {
  const activations = activationBytes(config, [step], chunk, true, sizes);
  const beside = Math.max(0, packingBytes(config, step, sizes) - activations);
  return { activations, workspace: layerBytes(config, step, sizes) + beside };
}

function wholeBlockBytes(
  config: ModelConfig,
  block: KeptWidths,
  chunk: ChunkSize,
  recovery: RecoveryWork,
  device: DeviceFacts,
): RequestBytes {
  const { sizes } = device;
  const cols = block.headColumns + block.neurons;
  const rows = inputSumOf(recovery.method).rows(cols);
  const { hiddenSize } = config;
  // What the block gives in the whole model, and the sum of its products with the inputs.
  const given = isAligned(recovery) ? sizes.matrix(chunk.rows, hiddenSize) + bandedBytes(cols, hiddenSize, device) : 0;
  const activations = activationBytes(config, [block], chunk, true, sizes);
  // Weights are packed before there are activations, and the sum is read when they are gone.
  const beside = Math.max(
    0,
    packingBytes(config, block, sizes) - activations,
    sizes.readBack(rows, cols) - activations,
  );
  const sums = bandedBytes(rows, cols, device);
  return { activations, workspace: layerBytes(config, block, sizes) + sums + given + beside };
}

/** Whether the whole model runs beside the cut one. */
const isAligned = ({ method }: RecoveryWork): boolean => method === 'alignedLeastSquares';

/** The largest repair of a step in a layer, with what packing it takes. */
function repairBytes(
  config: ModelConfig,
  { headColumns, neurons }: KeptWidths,
  { method }: RecoveryWork,
  sizes: StorageSizes,
): number {
  const { hiddenSize } = config;
  const repairs = [headColumns, neurons]
    .filter((cols) => cols > 0)
    .map((cols) =>
      method === 'bias'
        ? sizes.matrix(1, hiddenSize)
        : sizes.weight(hiddenSize, cols) + sizes.packing(hiddenSize, cols),
    );
  return hasParallelBlocks(config) ? repairs.reduce((sum, bytes) => sum + bytes, 0) : Math.max(0, ...repairs);
}
