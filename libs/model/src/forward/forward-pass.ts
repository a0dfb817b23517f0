import { hasParallelBlocks } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend, Indices, Matrix, Recorder } from '@bonsai/ops';
import type { BlockKind } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import type { AttentionWeights, PassWeights } from '../load/device-weights.ts';
import { BlockRecorder } from './block-recorder.ts';
import type { Positions } from './block-recorder.ts';
import { Head } from './head.ts';
import type { MaskedBlock, MaskedLayer } from './mask-selections.ts';
import { attentionFlops, mapFlops } from './product-flops.ts';
import { WorkQueue } from './work-queue.ts';
import { Workspace } from './workspace.ts';
import type { Activation } from './workspace.ts';

/** Windows of one length, each seen through every mask. Rows are ordered (branch of the masks, window, token). */
export interface Batch extends Positions {
  /** Rows of one branch: tokens of all windows. */
  readonly branchRows: number;
  /** Of all windows, one after the other. */
  readonly tokens: Indices;
  /** One entry per layer; none if nothing is masked. */
  readonly masks: readonly MaskedLayer[] | undefined;
}

/** The residual stream of a batch without masks, [rows, hidden], that is about to enter a layer. */
export interface Stream {
  readonly residual: Matrix;
  readonly layer: number;
}

/** Sees activations while they are on the device; may record ops that read them. */
export interface ForwardObserver {
  /** Residual stream that enters the first of the layers, [rows, hidden]. */
  enters(recorder: Recorder, x: Matrix): void;
  /** Input of a block's output projection, o_proj of attention or down_proj of the FFN; announces products that it records. */
  outputProjectionInput(queue: WorkQueue, layer: number, block: BlockKind, x: Matrix): Promise<void>;
  /** Residual stream after a block, [rows, hidden]. */
  residual(recorder: Recorder, layer: number, block: BlockKind, x: Matrix): void;
}

export interface PassOptions {
  readonly caller: Caller;
  /** Submits every layer by itself and gives back what it leaves, so that no more than one layer takes memory. */
  readonly layerByLayer: boolean;
}

/** Runs batches through a model, layer by layer, in one set of activations. */
export class ForwardPass {
  /** For what {@link headInput} gives. */
  readonly head: Head;
  readonly #backend: Backend;
  readonly #config: ModelConfig;
  readonly #weights: PassWeights;
  readonly #queue: WorkQueue;
  readonly #workspace: Workspace;
  readonly #blocks: BlockRecorder;
  readonly #layerByLayer: boolean;
  readonly #parallel: boolean;
  #firstBlock: Indices | undefined;

  constructor(backend: Backend, config: ModelConfig, weights: PassWeights, options: PassOptions) {
    this.#backend = backend;
    this.#config = config;
    this.#weights = weights;
    this.#layerByLayer = options.layerByLayer;
    this.#parallel = hasParallelBlocks(config);
    this.#queue = new WorkQueue(backend, options.caller);
    this.#workspace = new Workspace(backend, this.#queue);
    this.#blocks = new BlockRecorder(config, this.#queue, this.#workspace);
    this.head = new Head(backend, this.#queue, this.#workspace, this.#blocks, weights);
  }

  /** Embedding and the layers before `end`. @returns the stream that enters that one; valid until the next batch begins */
  async observe(batch: Batch, end: number, observer: ForwardObserver): Promise<Matrix> {
    const residual = await this.#layers(batch, this.#embedded(batch), end, observer);
    await this.#queue.flush();
    return residual;
  }

  /**
   * NLL of every row's target, by branch behind the last layer; 0 where a row has none.
   * @param targets as many as the batch has tokens
   */
  async losses(batch: Batch, targets: Indices): Promise<Float32Array> {
    return this.head.losses(await this.headInput(batch), targets);
  }

  /** What enters the head, [rows, hidden] by branch behind the last layer. Valid until the next batch begins. */
  async headInput(batch: Batch): Promise<Matrix> {
    const residual = await this.#layers(batch, this.#embedded(batch), this.#weights.layers.count);
    return this.head.input(residual);
  }

  /** Starts a stream in a matrix of the caller's, [rows, hidden]. */
  async enter(batch: Batch, residual: Matrix): Promise<void> {
    this.#queue.recorder.embed(residual, this.#weights.embedding, batch.tokens);
    await this.#queue.flush();
  }

  /** Shows an observer what one layer makes of a stream, which stays as it is. */
  async observeFrom(batch: Batch, stream: Stream, observer: ForwardObserver): Promise<void> {
    this.#startChunk(batch.branchRows);
    await this.#layers(batch, this.#copied(stream), stream.layer + 1, observer);
    await this.#queue.flush();
  }

  /** Takes a stream through the layers before `end`, by default one, in place. An observer sees it before every block adds to it. */
  async advance(
    batch: Batch,
    stream: Stream,
    observer?: ForwardObserver,
    end: number = stream.layer + 1,
  ): Promise<void> {
    this.#startChunk(batch.branchRows);
    await this.#layers(batch, stream, end, observer);
    await this.#queue.flush();
  }

  /** What would enter the head if a stream were at its end, [rows, hidden] on the host; the stream stays as it is. */
  async headInputFrom(batch: Batch, residual: Matrix): Promise<Float32Array> {
    this.#startChunk(batch.branchRows);
    const input = this.head.input(residual);
    await this.#queue.flush();
    return this.#backend.read(input);
  }

  /** As {@link losses}, of a stream on its way, which stays as it is. */
  async lossesFrom(batch: Batch, stream: Stream, targets: Indices): Promise<Float32Array> {
    this.#startChunk(batch.branchRows);
    const behind = await this.#layers(batch, this.#copied(stream), this.#weights.layers.count);
    const losses = await this.head.losses(this.head.input(behind), targets);
    if (this.#layerByLayer) this.#workspace.releaseAllBut();
    return losses;
  }

  /** Gives everything back; layers that do not stay have left the device then. */
  async release(): Promise<void> {
    await this.#workspace.release();
    this.#firstBlock?.release();
    this.#firstBlock = undefined;
    await this.#weights.layers.settle();
  }

  /** A stream of its own, for layers to work on. */
  #copied({ residual, layer }: Stream): Stream {
    this.#firstBlock ??= this.#backend.indices(Uint32Array.of(0));
    const copy = this.#workspace.matrix('residual', residual.rows, residual.cols);
    this.#queue.recorder.copyBlocks(copy, residual, this.#firstBlock);
    return { residual: copy, layer };
  }

  #startChunk(rows: number): void {
    this.#workspace.startChunk(this.#layerByLayer ? 0 : rows);
  }

  #embedded(batch: Batch): Stream {
    const { embedding } = this.#weights;
    this.#startChunk(batch.branchRows * (batch.masks?.at(-1)?.ffn.branches ?? 1));
    const residual = this.#workspace.matrix('embedded', batch.branchRows, embedding.inputs);
    this.#queue.recorder.embed(residual, embedding, batch.tokens);
    return { residual, layer: 0 };
  }

  /** Takes a stream as far as the layer `end`, which it does not enter; in place where no masks part. */
  async #layers(batch: Batch, stream: Stream, end: number, observer?: ForwardObserver): Promise<Matrix> {
    let { residual } = stream;
    observer?.enters(this.#queue.recorder, residual);
    for (let layer = stream.layer; layer < end; layer++) {
      const present = await this.#weights.layers.acquire(layer, end);
      const { attention, outputBias, ffn, downBias } = present.weights;
      const masks = batch.masks?.[layer];
      residual = await this.#branched('residual', batch, residual, masks?.attention);
      // What blocks side by side read.
      const shared = this.#parallel && ffn !== undefined ? this.#blocks.normalized(residual, ffn.norm) : undefined;
      if (attention !== undefined && masks?.attention.kept !== 'nothing') {
        const kept = selectionIn(masks?.attention);
        const input = shared ?? this.#blocks.normalized(residual, attention.norm);
        await this.#queue.announced(this.#flopsOf(attention, batch, residual.rows));
        const heads = this.#blocks.attention(batch, input, attention, kept);
        await observer?.outputProjectionInput(this.#queue, layer, 'attention', heads);
        this.#blocks.addProjected(residual, heads, attention.output, kept?.queries);
      }
      if (outputBias !== undefined) this.#queue.recorder.addBias(residual, outputBias);
      observer?.residual(this.#queue.recorder, layer, 'attention', residual);
      residual = await this.#branched('residual', batch, residual, masks?.ffn);
      if (ffn !== undefined && masks?.ffn.kept !== 'nothing') {
        const kept = selectionIn(masks?.ffn);
        const input = shared && (await this.#branched('normalized', batch, shared, masks?.ffn));
        await this.#queue.announced(mapFlops(residual.rows, 'gateUp' in ffn.into ? ffn.into.gateUp : ffn.into.up));
        const neurons = this.#blocks.ffn(input ?? this.#blocks.normalized(residual, ffn.norm), ffn, kept);
        await observer?.outputProjectionInput(this.#queue, layer, 'ffn', neurons);
        await this.#queue.announced(mapFlops(residual.rows, ffn.down));
        this.#blocks.addProjected(residual, neurons, ffn.down, kept);
      }
      if (downBias !== undefined) this.#queue.recorder.addBias(residual, downBias);
      observer?.residual(this.#queue.recorder, layer, 'ffn', residual);
      if (this.#layerByLayer) await this.#keepOnlyStream();
      if (present.passing) present.leave();
    }
    return residual;
  }

  /** Of an attention block that keeps all it has. */
  #flopsOf({ qkv, output, queryHeads }: AttentionWeights, { windowLength }: Batch, rows: number): number {
    const { headDim } = this.#config;
    return mapFlops(rows, qkv, output) + attentionFlops(rows, { windowLength, queryHeads, headDim });
  }

  /** A matrix with a copy of its rows for every branch that begins here. */
  async #branched(
    activation: 'residual' | 'normalized',
    batch: Batch,
    x: Matrix,
    masked: MaskedBlock<unknown> | undefined,
  ): Promise<Matrix> {
    if (masked?.parents === undefined) return x;
    if (this.#layerByLayer) await this.#keepOnlyStream(this.#parallel ? ['normalized'] : []);
    const branched = this.#workspace.matrix(activation, masked.branches * batch.branchRows, x.cols);
    this.#queue.recorder.copyBlocks(branched, x, masked.parents);
    // What it came from leaves now, not beside what the block takes.
    if (this.#layerByLayer) await this.#queue.flush();
    return branched;
  }

  async #keepOnlyStream(beside: readonly Activation[] = []): Promise<void> {
    await this.#queue.flush();
    this.#workspace.releaseAllBut('embedded', 'residual', ...beside);
  }
}

/** What the branches keep, unless all keep everything. */
function selectionIn<Selections>(masked: MaskedBlock<Selections> | undefined): Selections | undefined {
  return masked === undefined || masked.kept === 'everything' || masked.kept === 'nothing' ? undefined : masked.kept;
}
