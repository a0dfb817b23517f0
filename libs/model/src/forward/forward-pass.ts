import type { ModelConfig } from '@bonsai/checkpoint';
import type { AttentionShape, Backend, Indices, MaskFactors, Matrix, Recorder } from '@bonsai/ops';
import type { UnitKind } from '@bonsai/pruning';
import type { AttentionWeights, DeviceWeights, FfnWeights } from '../load/device-weights.ts';
import { WorkQueue } from './work-queue.ts';
import { Workspace } from './workspace.ts';

/** Factors of the masks for the units that one layer still has. */
export interface LayerFactors {
  /** [masks, kept KV groups] */
  readonly attention: MaskFactors | undefined;
  /** [masks, kept neurons] */
  readonly ffn: MaskFactors | undefined;
}

/** Windows of one length, each seen through every mask. Rows are ordered (mask, window, token). */
export interface Batch {
  readonly rows: number;
  readonly windowLength: number;
  /** Of all windows, one after the other. */
  readonly tokens: Indices;
  /** [windowLength, headDim] */
  readonly rotaryTable: Matrix;
  /** One entry per layer; none if nothing is masked. */
  readonly factors: readonly LayerFactors[] | undefined;
}

/** Sees activations while they are on the device; may record ops that read them. */
export interface ForwardObserver {
  /** Residual stream that enters the first layer, [rows, hidden]. */
  embedded(recorder: Recorder, x: Matrix): void;
  /** Input of a layer's o_proj (kind kvGroup) or down_proj (kind ffnNeuron). */
  outputProjectionInput(recorder: Recorder, layer: number, kind: UnitKind, x: Matrix): void;
  /** Residual stream after a layer's attention (kind kvGroup) or FFN block (kind ffnNeuron), [rows, hidden]. */
  residual(recorder: Recorder, layer: number, kind: UnitKind, x: Matrix): void;
}

/** Runs batches through a model, layer by layer, in one set of activations. */
export class ForwardPass {
  readonly #backend: Backend;
  readonly #config: ModelConfig;
  readonly #weights: DeviceWeights;
  readonly #queue: WorkQueue;
  readonly #workspace: Workspace;

  constructor(backend: Backend, config: ModelConfig, weights: DeviceWeights, signal: AbortSignal | undefined) {
    this.#backend = backend;
    this.#config = config;
    this.#weights = weights;
    this.#queue = new WorkQueue(backend, signal);
    this.#workspace = new Workspace(backend, this.#queue);
  }

  /** Embedding and the first `layerCount` layers. */
  async observe(batch: Batch, layerCount: number, observer: ForwardObserver): Promise<void> {
    await this.#layers(batch, layerCount, observer);
    await this.#queue.flush();
  }

  /** NLL of every row's target; 0 where it has none. @param targets as many as the batch has tokens */
  async losses(batch: Batch, targets: Indices): Promise<Float32Array> {
    const { head, finalNorm, layers } = this.#weights;
    const residual = await this.#layers(batch, layers.length, undefined);
    const losses = this.#workspace.matrix('losses', batch.rows, 1);
    const normalized = this.#normalized(residual, finalNorm);
    this.#queue.recorder.negativeLogLikelihood(losses, normalized, head, targets);
    await this.#queue.flush();
    return this.#backend.read(losses);
  }

  release(): void {
    this.#workspace.release();
  }

  async #layers(batch: Batch, layerCount: number, observer: ForwardObserver | undefined): Promise<Matrix> {
    const { embedding, layers } = this.#weights;
    const residual = this.#workspace.matrix('residual', batch.rows, embedding.inputs);
    this.#queue.recorder.embed(residual, embedding, batch.tokens);
    observer?.embedded(this.#queue.recorder, residual);
    for (const [layer, { attention, ffn }] of layers.slice(0, layerCount).entries()) {
      const factors = batch.factors?.[layer];
      if (attention !== undefined) {
        const heads = this.#attention(batch, residual, attention, factors?.attention);
        observer?.outputProjectionInput(this.#queue.recorder, layer, 'kvGroup', heads);
        this.#queue.recorder.linear(residual, heads, attention.output, residual);
      }
      observer?.residual(this.#queue.recorder, layer, 'kvGroup', residual);
      if (ffn !== undefined) {
        const neurons = this.#ffn(residual, ffn, factors?.ffn);
        observer?.outputProjectionInput(this.#queue.recorder, layer, 'ffnNeuron', neurons);
        this.#queue.recorder.linear(residual, neurons, ffn.down, residual);
      }
      observer?.residual(this.#queue.recorder, layer, 'ffnNeuron', residual);
      await this.#queue.recorded(batch.rows * flopsPerRow(attention, ffn));
    }
    return residual;
  }

  #attention(batch: Batch, residual: Matrix, weights: AttentionWeights, factors: MaskFactors | undefined): Matrix {
    const { headDim, queryHeads, kvHeads } = this.#config;
    const { rows, windowLength, rotaryTable } = batch;
    const kept = weights.kvGroups;
    const shape: AttentionShape = { headDim, queryHeads: kept * (queryHeads / kvHeads), kvGroups: kept, windowLength };
    const normalized = this.#normalized(residual, weights.norm);
    const qkv = this.#workspace.matrix('qkv', rows, weights.qkv.outputs);
    const heads = this.#workspace.matrix('heads', rows, shape.queryHeads * headDim);
    const { recorder } = this.#queue;
    recorder.linear(qkv, normalized, weights.qkv);
    recorder.rotaryEmbedding(qkv, rotaryTable, shape);
    recorder.attention(heads, qkv, shape, factors);
    return heads;
  }

  #ffn(residual: Matrix, weights: FfnWeights, factors: MaskFactors | undefined): Matrix {
    const normalized = this.#normalized(residual, weights.norm);
    const neurons = this.#workspace.matrix('neurons', residual.rows, weights.neurons);
    this.#queue.recorder.gatedLinear(neurons, normalized, weights.gateUp, factors);
    return neurons;
  }

  #normalized(x: Matrix, gain: Matrix): Matrix {
    const normalized = this.#workspace.matrix('normalized', x.rows, x.cols);
    this.#queue.recorder.rmsNorm(normalized, x, gain, this.#config.rmsNormEpsilon);
    return normalized;
  }
}

/** Of the matrix products, which dwarf the rest. */
function flopsPerRow(attention: AttentionWeights | undefined, ffn: FfnWeights | undefined): number {
  const weights = [attention?.qkv, attention?.output, ffn?.gateUp, ffn?.gateUp, ffn?.down];
  return weights.reduce((sum, weight) => sum + (weight === undefined ? 0 : 2 * weight.inputs * weight.outputs), 0);
}
