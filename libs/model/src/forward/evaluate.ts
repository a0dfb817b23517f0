import type { UnitSet, WindowLoss } from '@bonsai/pruning';
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

/** See {@link TransformerModel.evaluate}. */
export async function* evaluate(
  model: LoadedWeights,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  signal: AbortSignal | undefined,
): AsyncGenerator<EvaluatedMask, void, undefined> {
  const { backend, checkpoint, units, cut, weights } = model;
  const { config } = checkpoint;
  checkWindows(windows, config);
  for (const [i, mask] of masks.entries()) checkRemoved(mask, cut, units, `masks[${i}]`);
  const lengths = windows.map((window) => window.length);
  if (windows.length === 0) {
    for (const index of masks.keys()) yield { index, windows: [] };
    return;
  }
  const { maxRows, layerByLayer } = await makeRoom(model, lengths, { masks: masks.length }, signal);
  const { masksPerBatch, chunks } = planChunks(lengths, masks.length, maxRows);
  const pass = new ForwardPass(backend, config, weights, { signal, layerByLayer });
  try {
    for (let first = 0; first < masks.length; first += masksPerBatch) {
      const batch = masks.slice(first, first + masksPerBatch);
      const losses = await evaluateTogether(model, pass, windows, batch, chunks);
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
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  chunks: readonly WindowChunk[],
): Promise<WindowLoss[][]> {
  const sums = masks.map(() => new Float64Array(windows.length));
  const holdings = new Holdings();
  try {
    const uploaded = uploadMasks(model.backend, model.checkpoint.config, model.kept, masks, holdings);
    for (const chunk of chunks) {
      const losses = await chunkLosses(model, pass, windows, chunk, uploaded);
      for (const [m, maskSums] of sums.entries()) {
        for (const [w, window] of chunk.windows.entries()) {
          const start = ((uploaded.ends[m] as number) * chunk.windows.length + w) * chunk.windowLength;
          maskSums[window] = sumOf(losses, start, chunk.windowLength - 1);
        }
      }
    }
  } finally {
    holdings.release();
  }
  return sums.map((maskSums) =>
    windows.map((window, w) => ({ nllSum: maskSums[w] as number, tokenCount: window.length - 1 })),
  );
}

/** Losses by branch of the masks, then by token. */
async function chunkLosses(
  model: LoadedWeights,
  pass: ForwardPass,
  windows: readonly Uint32Array[],
  chunk: WindowChunk,
  masks: BatchedMasks,
): Promise<Float32Array> {
  const holdings = new Holdings();
  try {
    const together = chunk.windows.map((w) => windows[w] as Uint32Array);
    const batch = uploadBatch(model.backend, model.checkpoint.config, together, masks, holdings);
    return await pass.losses(batch, uploadTargets(model.backend, together, holdings));
  } finally {
    holdings.release();
  }
}

/** In f64 and in the order of the tokens, whatever else was in the chunk. */
function sumOf(losses: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += losses[i] as number;
  return sum;
}
