import type { Backend, Indices, Matrix } from '@bonsai/ops';
import type { Tables } from '../load/device-weights.ts';
import type { BlockRecorder } from './block-recorder.ts';
import { mapFlops } from './product-flops.ts';
import type { WorkQueue } from './work-queue.ts';
import type { Workspace } from './workspace.ts';

/** What the head makes of some rows, for a few tokens of each. */
export interface TokenLogits {
  /** NLL of every row's target; 0 where a row has none. */
  readonly losses: Float32Array;
  /** [rows, tokens per row] */
  readonly logits: Float32Array;
}

/** The end of a pass: the last norm and the map to the vocabulary. */
export class Head {
  readonly #backend: Backend;
  readonly #queue: WorkQueue;
  readonly #workspace: Workspace;
  readonly #blocks: BlockRecorder;
  readonly #tables: Pick<Tables, 'finalNorm' | 'head'>;

  constructor(
    backend: Backend,
    queue: WorkQueue,
    workspace: Workspace,
    blocks: BlockRecorder,
    tables: Pick<Tables, 'finalNorm' | 'head'>,
  ) {
    this.#backend = backend;
    this.#queue = queue;
    this.#workspace = workspace;
    this.#blocks = blocks;
    this.#tables = tables;
  }

  /** Records what the head gets of a stream behind the last layer, [rows, hidden]. Valid until it is recorded again. */
  input(residual: Matrix): Matrix {
    return this.#blocks.normalized(residual, this.#tables.finalNorm);
  }

  /**
   * NLL of every row's target; 0 where a row has none.
   * @param targets as many as the batch has tokens
   */
  async losses(input: Matrix, targets: Indices): Promise<Float32Array> {
    const losses = await this.#recordLosses(input, targets);
    await this.#queue.flush();
    return this.#backend.read(losses);
  }

  /** Logits of `count` rows, [count, vocabulary]. */
  async logits(input: Matrix, first: number, count: number): Promise<Float32Array> {
    const { head } = this.#tables;
    await this.#queue.announced(mapFlops(count, head));
    const rows = this.#backend.indices(Uint32Array.from({ length: count }, (_, i) => first + i));
    try {
      const chosen = this.#workspace.matrix('headInput', count, head.inputs);
      const logits = this.#workspace.matrix('logits', count, head.outputs);
      this.#queue.recorder.copyBlocks(chosen, input, rows);
      this.#queue.recorder.linear(logits, chosen, head);
      await this.#queue.flush();
      return await this.#backend.read(logits);
    } finally {
      rows.release();
    }
  }

  /**
   * Logits of given tokens of every row, and the NLL of targets.
   * @param tokens [rows of the batch, count], the same for every branch
   * @param targets as many as the batch has rows
   */
  async tokenLogits(input: Matrix, targets: Indices, tokens: Indices): Promise<TokenLogits> {
    const logits = this.#workspace.matrix('gathered', input.rows, tokens.length / targets.length);
    const losses = await this.#recordLosses(input, targets);
    this.#queue.recorder.gatheredLogits(logits, input, this.#tables.head, tokens);
    await this.#queue.flush();
    return { losses: await this.#backend.read(losses), logits: await this.#backend.read(logits) };
  }

  /** By rows: those of a whole chunk by a large vocabulary are more work than some drivers let a submit take. */
  async #recordLosses(input: Matrix, targets: Indices): Promise<Matrix> {
    const { head } = this.#tables;
    const losses = this.#workspace.matrix('losses', input.rows, 1);
    await this.#queue.byRows(input.rows, mapFlops(1, head), (recorder, range) =>
      recorder.negativeLogLikelihood(losses, input, head, targets, range),
    );
    return losses;
  }
}
