import type { Matrix } from '@bonsai/ops';
import type { Caller } from '../caller.ts';
import { checkWindows } from '../forward/check-request.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import type { TokenLogits } from '../forward/head.ts';
import { planChunks } from '../forward/plan-chunks.ts';
import { uploadBatch, uploadTargets } from '../forward/window-batch.ts';
import { Holdings } from '../holdings.ts';
import { makeRoom } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { logitRows } from './logit-rows.ts';
import { TOP_TOKENS, tokensPerPosition } from './predictions.ts';
import type { Predictions } from './predictions.ts';
import { topTokens } from './top-tokens.ts';

/** See {@link TransformerModel.predict}. */
export async function predict(
  model: LoadedWeights,
  windows: readonly Uint32Array[],
  caller: Caller = {},
): Promise<Predictions[]> {
  const { backend, checkpoint, weights } = model;
  checkWindows(windows, checkpoint.config);
  if (windows.length === 0) return [];
  const lengths = windows.map((window) => window.length);
  const { maxRows, layerByLayer } = await makeRoom(model, lengths, { predictions: true }, caller);
  const pass = new ForwardPass(backend, checkpoint.config, weights, { caller, layerByLayer });
  const predictions: Predictions[] = [];
  try {
    for (const chunk of planChunks(lengths, 1, maxRows).chunks) {
      const together = chunk.windows.map((w) => windows[w] as Uint32Array);
      const parts = await predictTogether(model, pass, together);
      for (const [i, window] of chunk.windows.entries()) predictions[window] = parts[i] as Predictions;
    }
  } finally {
    await pass.release();
  }
  return predictions;
}

/** @param windows of one length */
async function predictTogether(
  model: LoadedWeights,
  pass: ForwardPass,
  windows: readonly Uint32Array[],
): Promise<Predictions[]> {
  const { backend, checkpoint } = model;
  const holdings = new Holdings();
  try {
    const batch = uploadBatch(backend, checkpoint.config, windows, undefined, holdings);
    const targets = uploadTargets(backend, windows, holdings);
    const headInput = await pass.headInput(batch);
    const tokens = await likelyTokens(model, pass, headInput, windows);
    const outputs = await pass.head.tokenLogits(headInput, targets, holdings.keep(backend.indices(tokens)));
    return windows.map((_, w) => ofWindow(tokens, outputs, w, windows.length));
  } finally {
    holdings.release();
  }
}

/** See {@link Predictions.tokens}. */
async function likelyTokens(
  { backend, checkpoint }: LoadedWeights,
  pass: ForwardPass,
  headInput: Matrix,
  windows: readonly Uint32Array[],
): Promise<Uint32Array> {
  const { vocabSize } = checkpoint.config;
  const width = tokensPerPosition(vocabSize);
  const tokens = new Uint32Array(headInput.rows * width);
  const nextTokens = windows.flatMap((window) => [...window.subarray(1), 0]);
  const together = logitRows(headInput.rows, vocabSize, backend);
  for (let next = 0; next < headInput.rows; next += together) {
    // Always as many, in one matrix: the last ones may have been seen before.
    const first = Math.min(next, headInput.rows - together);
    const logits = await pass.head.logits(headInput, first, together);
    for (let row = 0; row < together; row++) {
      const at = (first + row) * width;
      tokens[at] = nextTokens[first + row] as number;
      tokens.set(topTokens(logits.subarray(row * vocabSize, (row + 1) * vocabSize), TOP_TOKENS), at + 1);
    }
  }
  return tokens;
}

/** The share of one of several windows of equal length. */
function ofWindow(tokens: Uint32Array, { logits, losses }: TokenLogits, window: number, windows: number): Predictions {
  const share = <T extends Uint32Array | Float32Array>(values: T): T => {
    const length = values.length / windows;
    return values.slice(window * length, (window + 1) * length) as T;
  };
  return { tokens: share(tokens), logits: share(logits), losses: share(losses) };
}
