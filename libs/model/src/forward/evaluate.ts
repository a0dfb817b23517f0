import type { UnitSet, WindowLoss } from '@bonsai/pruning';
import { divergences, uploadTokens } from '../divergence/compare.ts';
import type { Predictions } from '../divergence/predictions.ts';
import { Holdings } from '../holdings.ts';
import { makeRoom } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { EvaluatedMask } from '../transformer-model.ts';
import { checkRemoved, checkWindows } from './check-request.ts';
import { ForwardPass } from './forward-pass.ts';
import { uploadMasks } from './mask-selections.ts';
import type { BatchedMasks } from './mask-selections.ts';
import { planChunks } from './plan-chunks.ts';
import type { WindowChunk } from './plan-chunks.ts';
import { uploadBatch, uploadTargets } from './window-batch.ts';

export interface EvaluateOptions {
  readonly signal: AbortSignal | undefined;
  /** One per window. */
  readonly compared: readonly Predictions[] | undefined;
}

/** Windows with what they are compared with, if they are. */
interface Task {
  readonly windows: readonly Uint32Array[];
  readonly compared: readonly Predictions[] | undefined;
}

/** Losses of rows, ordered (branch of the masks, window, token). */
interface RowLosses {
  readonly nll: Float32Array;
  readonly kl: Float64Array | undefined;
}

/** See {@link TransformerModel.evaluate}. */
export async function* evaluate(
  model: LoadedWeights,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  { signal, compared }: EvaluateOptions,
): AsyncGenerator<EvaluatedMask, void, undefined> {
  const { backend, checkpoint, units, cut, weights } = model;
  const { config } = checkpoint;
  checkWindows(windows, config);
  if (compared !== undefined && compared.length !== windows.length) throw new RangeError('one comparison per window');
  for (const [i, mask] of masks.entries()) checkRemoved(mask, cut, units, `masks[${i}]`);
  const lengths = windows.map((window) => window.length);
  if (windows.length === 0) {
    for (const index of masks.keys()) yield { index, windows: [] };
    return;
  }
  const work = { masks: masks.length, compared: compared !== undefined };
  const { maxRows, layerByLayer } = await makeRoom(model, lengths, work, signal);
  const { masksPerBatch, chunks } = planChunks(lengths, masks.length, maxRows);
  const pass = new ForwardPass(backend, config, weights, { signal, layerByLayer });
  try {
    for (let first = 0; first < masks.length; first += masksPerBatch) {
      const batch = masks.slice(first, first + masksPerBatch);
      const losses = await evaluateTogether(model, pass, { windows, compared }, batch, chunks);
      for (const [m, windowLosses] of losses.entries()) yield { index: first + m, windows: windowLosses };
    }
  } finally {
    await pass.release();
  }
}

/** Losses by mask, then by window. */
async function evaluateTogether(
  model: LoadedWeights,
  pass: ForwardPass,
  task: Task,
  masks: readonly UnitSet[],
  chunks: readonly WindowChunk[],
): Promise<WindowLoss[][]> {
  const losses = masks.map(() => new Array<WindowLoss>(task.windows.length));
  const holdings = new Holdings();
  try {
    const uploaded = uploadMasks(model.backend, model.checkpoint.config, model.kept, masks, holdings);
    for (const chunk of chunks) {
      const rows = await chunkLosses(model, pass, task, chunk, uploaded);
      const tokenCount = chunk.windowLength - 1;
      for (const [m, ofMask] of losses.entries()) {
        for (const [w, window] of chunk.windows.entries()) {
          const start = ((uploaded.ends[m] as number) * chunk.windows.length + w) * chunk.windowLength;
          const nllSum = sumOf(rows.nll, start, tokenCount);
          const kl = rows.kl === undefined ? {} : { klSum: sumOf(rows.kl, start, tokenCount) };
          ofMask[window] = { nllSum, tokenCount, ...kl };
        }
      }
    }
  } finally {
    holdings.release();
  }
  return losses;
}

async function chunkLosses(
  model: LoadedWeights,
  pass: ForwardPass,
  { windows, compared }: Task,
  chunk: WindowChunk,
  masks: BatchedMasks,
): Promise<RowLosses> {
  const { backend, checkpoint } = model;
  const holdings = new Holdings();
  try {
    const together = chunk.windows.map((w) => windows[w] as Uint32Array);
    const batch = uploadBatch(backend, checkpoint.config, together, masks, holdings);
    const targets = uploadTargets(backend, together, holdings);
    if (compared === undefined) return { nll: await pass.losses(batch, targets), kl: undefined };
    const predictions = chunk.windows.map((w) => compared[w] as Predictions);
    const tokens = uploadTokens(backend, predictions, holdings);
    const outputs = await pass.tokenLogits(await pass.headInput(batch), targets, tokens);
    return { nll: outputs.losses, kl: divergences(predictions, outputs) };
  } finally {
    holdings.release();
  }
}

/** In f64 and in the order of the tokens, whatever else was in the chunk. */
function sumOf(losses: Float32Array | Float64Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += losses[i] as number;
  return sum;
}
