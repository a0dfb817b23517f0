import { hasParallelBlocks } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { StorageSizes } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import { planChunks } from '../forward/plan-chunks.ts';
import { checkSum, inputSumOf } from '../recovery/input-sum.ts';
import { wholeWidths } from './kept-widths.ts';
import type { KeptWidths } from './kept-widths.ts';
import { activationBytes, chunkSizes, headBytes, totalBytes } from './request-bytes.ts';
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
 * As requestBytes, of a recovery: beside the streams of all windows, either a whole block with the sum over its inputs, or a
 * pass of the cut model with one block repaired. Every block that has something left may be one that lost something.
 * @param widths what the cut leaves of the layers
 * @throws BonsaiError SETTING_INVALID if the device cannot hold the sum
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
  const streams = [...fit, ...judge].reduce((sum, chunk) => sum + streamBytes(config, chunk, sizes), 0);
  const repair = Math.max(...widths.map((width) => repairBytes(config, width, recovery, sizes)));
  const block = largest(
    wholeBlocks(config).flatMap((block) => fit.map((chunk) => wholeBlockBytes(config, block, chunk, recovery, device))),
  );
  // The other block of the step may be repaired already.
  const whole = hasParallelBlocks(config) ? { ...block, workspace: block.workspace + repair } : block;
  const passes = [...fit, ...judge].map((chunk) => ({
    activations: activationBytes(config, widths, chunk, layerByLayer, sizes),
    workspace: repair + (judge.includes(chunk) ? headBytes(config, { masks: 1 }, chunk, device) : 0),
  }));
  // Where passes keep what they leave, it is there beside a whole block.
  const { activations, workspace } = layerByLayer ? largest([whole, ...passes]) : both(whole, largest(passes));
  return { activations: activations + streams, workspace: workspace + sizes.indices(1) };
}

const largest = (parts: readonly RequestBytes[]): RequestBytes =>
  parts.reduce((most, next) => (totalBytes(next) > totalBytes(most) ? next : most));

const both = (one: RequestBytes, other: RequestBytes): RequestBytes => ({
  activations: one.activations + other.activations,
  workspace: one.workspace + other.workspace,
});

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
    { ...whole, groups: 0, qkv: 0, heads: 0 },
  ];
}

function wholeBlockBytes(
  config: ModelConfig,
  block: KeptWidths,
  chunk: ChunkSize,
  { method }: RecoveryWork,
  { sizes, maxMatrixElements }: DeviceFacts,
): RequestBytes {
  const cols = block.heads + block.neurons;
  const rows = inputSumOf(method).rows(cols);
  checkSum({ rows, cols }, maxMatrixElements);
  const activations = activationBytes(config, [block], chunk, true, sizes);
  // Weights are packed before there are activations, and the sum is read when they are gone.
  const beside = Math.max(
    0,
    packingBytes(config, block, sizes) - activations,
    sizes.readBack(rows, cols) - activations,
  );
  return { activations, workspace: layerBytes(config, block, sizes) + sizes.matrix(rows, cols) + beside };
}

/** The largest repair of a step in a layer, with what packing it takes. */
function repairBytes(
  config: ModelConfig,
  { heads, neurons }: KeptWidths,
  { method }: RecoveryWork,
  sizes: StorageSizes,
): number {
  const { hiddenSize } = config;
  const repairs = [heads, neurons]
    .filter((cols) => cols > 0)
    .map((cols) =>
      method === 'bias'
        ? sizes.matrix(1, hiddenSize)
        : sizes.weight(hiddenSize, cols) + sizes.packing(hiddenSize, cols),
    );
  return hasParallelBlocks(config) ? repairs.reduce((sum, bytes) => sum + bytes, 0) : Math.max(0, ...repairs);
}
