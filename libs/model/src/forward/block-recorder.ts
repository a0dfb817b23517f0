import type { ModelConfig } from '@bonsai/checkpoint';
import type { AttentionShape, Matrix, Selection, Weight } from '@bonsai/ops';
import type { AttentionWeights, FfnWeights } from '../load/device-weights.ts';
import type { AttentionSelections } from './mask-selections.ts';
import type { WorkQueue } from './work-queue.ts';
import type { Workspace } from './workspace.ts';

/** Where the rows of a batch are in their windows. */
export interface Positions {
  readonly windowLength: number;
  /** [windowLength, headDim] */
  readonly rotaryTable: Matrix;
}

/** Records what the blocks of a layer are made of. Results stay valid until the same is recorded again. */
export class BlockRecorder {
  readonly #config: ModelConfig;
  readonly #queue: WorkQueue;
  readonly #workspace: Workspace;

  constructor(config: ModelConfig, queue: WorkQueue, workspace: Workspace) {
    this.#config = config;
    this.#queue = queue;
    this.#workspace = workspace;
  }

  /** Outputs of the heads; compact if a selection is given. */
  attention(
    { windowLength, rotaryTable }: Positions,
    residual: Matrix,
    weights: AttentionWeights,
    kept: AttentionSelections | undefined,
  ): Matrix {
    const { headDim, queryHeads, kvHeads } = this.#config;
    const { kvGroups } = weights;
    const shape: AttentionShape = { headDim, queryHeads: kvGroups * (queryHeads / kvHeads), kvGroups, windowLength };
    const normalized = this.normalized(residual, weights.norm);
    const qkv = this.#workspace.matrix('qkv', residual.rows, weights.qkv.outputs);
    const heads = this.#workspace.matrix('heads', residual.rows, shape.queryHeads * headDim);
    const { recorder } = this.#queue;
    if (kept === undefined) recorder.linear(qkv, normalized, weights.qkv);
    else recorder.linearToKept(qkv, normalized, weights.qkv, kept.heads);
    if (weights.qkvBias !== undefined) recorder.addBias(qkv, weights.qkvBias, kept?.heads);
    if (weights.headGains !== undefined) {
      recorder.headNorm(qkv, weights.headGains, shape, this.#config.rmsNormEpsilon, kept?.groups);
    }
    recorder.rotaryEmbedding(qkv, rotaryTable, shape, kept?.groups);
    recorder.attention(heads, qkv, shape, kept?.groups);
    return heads;
  }

  /** Activations of the neurons; compact if a selection is given. */
  ffn(residual: Matrix, weights: FfnWeights, kept: Selection | undefined): Matrix {
    const normalized = this.normalized(residual, weights.norm);
    const neurons = this.#workspace.matrix('neurons', residual.rows, weights.neurons);
    const { recorder } = this.#queue;
    if (kept === undefined) recorder.gatedLinear(neurons, normalized, weights.gateUp);
    else recorder.gatedLinearToKept(neurons, normalized, weights.gateUp, kept);
    return neurons;
  }

  /** residual + x W^T, in place if that may be. */
  addProjected(
    residual: Matrix,
    x: Matrix,
    weight: Weight,
    kept: Selection | undefined,
    untouched: Matrix | undefined,
  ): Matrix {
    const inPlace = residual !== untouched;
    const sum = inPlace ? residual : this.#workspace.matrix('residual', residual.rows, residual.cols);
    const { recorder } = this.#queue;
    if (kept === undefined) recorder.linear(sum, x, weight, residual);
    else recorder.linearFromKept(sum, x, weight, kept, residual);
    return sum;
  }

  /** RMSNorm. */
  normalized(x: Matrix, gain: Matrix): Matrix {
    const normalized = this.#workspace.matrix('normalized', x.rows, x.cols);
    this.#queue.recorder.rmsNorm(normalized, x, gain, this.#config.rmsNormEpsilon);
    return normalized;
  }
}
