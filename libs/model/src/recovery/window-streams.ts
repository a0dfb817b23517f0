import type { Indices, Matrix } from '@bonsai/ops';
import type { Batch, ForwardObserver, ForwardPass } from '../forward/forward-pass.ts';
import { planChunks } from '../forward/plan-chunks.ts';
import { uploadBatch, uploadTargets } from '../forward/window-batch.ts';
import { Holdings } from '../holdings.ts';
import type { LoadedWeights } from '../loaded-weights.ts';

interface Chunk {
  readonly batch: Batch;
  readonly targets: Indices;
  readonly residual: Matrix;
}

/**
 * Residual streams of some windows, which go through a model step by step: what was computed for the layers passed is not
 * computed again when a layer ahead is tried in another shape. They stay on the device, 4 bytes x tokens x hidden size.
 */
export class WindowStreams {
  readonly #chunks: readonly Chunk[];
  readonly #holdings: Holdings;
  /** Of all windows. */
  readonly tokens: number;
  readonly #predictedTokens: number;
  #layer = 0;

  private constructor(chunks: readonly Chunk[], holdings: Holdings, windowCount: number, tokens: number) {
    this.#chunks = chunks;
    this.#holdings = holdings;
    this.tokens = tokens;
    this.#predictedTokens = tokens - windowCount;
  }

  /** Embeds the windows. @param maxRows tokens that go through a layer together */
  static async enter(
    { backend, checkpoint, weights }: LoadedWeights,
    pass: ForwardPass,
    windows: readonly Uint32Array[],
    maxRows: number,
  ): Promise<WindowStreams> {
    const holdings = new Holdings();
    try {
      const lengths = windows.map((window) => window.length);
      const chunks: Chunk[] = [];
      for (const planned of planChunks(lengths, 1, maxRows).chunks) {
        const together = planned.windows.map((w) => windows[w] as Uint32Array);
        const batch = uploadBatch(backend, checkpoint.config, together, undefined, holdings);
        const residual = holdings.keep(backend.matrix(batch.branchRows, weights.embedding.inputs));
        await pass.enter(batch, residual);
        chunks.push({ batch, residual, targets: uploadTargets(backend, together, holdings) });
      }
      return new WindowStreams(
        chunks,
        holdings,
        lengths.length,
        lengths.reduce((sum, length) => sum + length, 0),
      );
    } catch (error) {
      holdings.release();
      throw error;
    }
  }

  /** Streams go through a model in so many parts; windows of equal lengths are divided equally. */
  get parts(): number {
    return this.#chunks.length;
  }

  /** Of one part: tokens of all its windows, and of each. */
  partSize(part: number): { readonly rows: number; readonly windowLength: number } {
    const { branchRows, windowLength } = this.#chunk(part).batch;
    return { rows: branchRows, windowLength };
  }

  /** A part of the streams where they are, [rows, hidden]. */
  residual(part: number): Matrix {
    return this.#chunk(part).residual;
  }

  /** Shows what a pass of one layer makes of a part of the streams where they are; they stay there. */
  async observe(passOfLayer: ForwardPass, part: number, observer: ForwardObserver): Promise<void> {
    const { batch, residual } = this.#chunk(part);
    await passOfLayer.observeFrom(batch, { residual, layer: 0 }, observer);
  }

  /** Takes a part of the streams through a pass of one layer, before the eyes of an observer. */
  async advancePart(passOfLayer: ForwardPass, part: number, observer?: ForwardObserver): Promise<void> {
    const { batch, residual } = this.#chunk(part);
    await passOfLayer.advance(batch, { residual, layer: 0 }, observer);
  }

  /** What a part would hand to the head where it is, [rows, hidden]. */
  headInput(pass: ForwardPass, part: number): Promise<Float32Array> {
    const { batch, residual } = this.#chunk(part);
    return pass.headInputFrom(batch, residual);
  }

  /** Mean NLL per predicted token if the streams went on to the end; they stay where they are. */
  async meanNll(pass: ForwardPass): Promise<number> {
    let sum = 0;
    for (const { batch, residual, targets } of this.#chunks) {
      const losses = await pass.lossesFrom(batch, { residual, layer: this.#layer }, targets);
      for (const loss of losses) sum += loss;
    }
    return sum / this.#predictedTokens;
  }

  /** Through the next layer. */
  async advance(pass: ForwardPass): Promise<void> {
    for (const { batch, residual } of this.#chunks) await pass.advance(batch, { residual, layer: this.#layer });
    this.#layer++;
  }

  release(): void {
    this.#holdings.release();
  }

  #chunk(part: number): Chunk {
    const chunk = this.#chunks[part];
    if (chunk === undefined) throw new RangeError(`no part ${part}`);
    return chunk;
  }
}
