import type { UnitSet, WindowLoss } from '@bonsai/pruning';
import { divergences, uploadTokens } from '../divergence/compare.ts';
import type { Predictions } from '../divergence/predictions.ts';
import { Holdings } from '../holdings.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { ForwardPass } from './forward-pass.ts';
import { uploadMasks } from './mask-selections.ts';
import type { BatchedMasks } from './mask-selections.ts';
import type { WindowChunk } from './plan-chunks.ts';
import { sumLosses } from './sum-losses.ts';
import { uploadBatch, uploadTargets } from './window-batch.ts';

/** Windows with what they are compared with, if they are. */
export interface Task {
  readonly windows: readonly Uint32Array[];
  readonly compared: readonly Predictions[] | undefined;
}

/** Losses of rows, ordered (branch of the masks, window, token). */
export interface RowLosses {
  readonly nll: Float32Array;
  readonly kl: Float64Array | undefined;
}

/** Masks that go through a model together, chunk by chunk of the windows; on the device from the first chunk on. */
export class MaskBatch {
  readonly #model: LoadedWeights;
  readonly #task: Task;
  readonly #masks: readonly UnitSet[];
  readonly #holdings = new Holdings();
  readonly #losses: readonly WindowLoss[][];
  #uploaded: BatchedMasks | undefined;

  constructor(model: LoadedWeights, task: Task, masks: readonly UnitSet[]) {
    this.#model = model;
    this.#task = task;
    this.#masks = masks;
    this.#losses = masks.map(() => new Array<WindowLoss>(task.windows.length));
  }

  async run(pass: ForwardPass, chunk: WindowChunk): Promise<RowLosses> {
    const { backend, checkpoint } = this.#model;
    const { windows, compared } = this.#task;
    const holdings = new Holdings();
    try {
      const together = chunk.windows.map((w) => windows[w] as Uint32Array);
      const batch = uploadBatch(backend, checkpoint.config, together, this.#onDevice(), holdings);
      const targets = uploadTargets(backend, together, holdings);
      if (compared === undefined) return { nll: await pass.losses(batch, targets), kl: undefined };
      const predictions = chunk.windows.map((w) => compared[w] as Predictions);
      const tokens = uploadTokens(backend, predictions, holdings);
      const outputs = await pass.head.tokenLogits(await pass.headInput(batch), targets, tokens);
      return { nll: outputs.losses, kl: divergences(predictions, outputs) };
    } finally {
      holdings.release();
    }
  }

  /** Takes what a chunk came to. */
  take(chunk: WindowChunk, rows: RowLosses): void {
    const { ends } = this.#onDevice();
    const tokenCount = chunk.windowLength - 1;
    for (const [m, ofMask] of this.#losses.entries()) {
      for (const [w, window] of chunk.windows.entries()) {
        const start = ((ends[m] as number) * chunk.windows.length + w) * chunk.windowLength;
        const nllSum = sumLosses(rows.nll, start, tokenCount);
        const kl = rows.kl === undefined ? {} : { klSum: sumLosses(rows.kl, start, tokenCount) };
        ofMask[window] = { nllSum, tokenCount, ...kl };
      }
    }
  }

  /** By mask, then by window; of the chunks that were taken. */
  get losses(): readonly (readonly WindowLoss[])[] {
    return this.#losses;
  }

  /** Takes the masks off the device. */
  release(): void {
    this.#holdings.release();
  }

  #onDevice(): BatchedMasks {
    const { backend, checkpoint, units, kept } = this.#model;
    this.#uploaded ??= uploadMasks(backend, checkpoint.config.headDim, units, kept, this.#masks, this.#holdings);
    return this.#uploaded;
  }
}
