import type { ModelConfig } from '@bonsai/checkpoint';
import type { AttentionShape, Matrix, Selection, Weight } from '@bonsai/ops';
import type { AttentionWeights, FfnWeights, Norm } from '../load/device-weights.ts';
import type { AttentionSelections } from './mask-selections.ts';
import type { WorkQueue } from './work-queue.ts';
import type { Workspace } from './workspace.ts';

/** Where the rows of a batch are in their windows. */
export interface Positions {
  readonly windowLength: number;
  /** [windowLength, rotaryDim] */
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
    normalized: Matrix,
    weights: AttentionWeights,
    kept: AttentionSelections | undefined,
  ): Matrix {
    const { headDim } = this.#config;
    const { kvGroups, queryHeads } = weights;
    const shape: AttentionShape = { headDim, queryHeads, kvGroups, windowLength };
    const qkv = this.#workspace.matrix('qkv', normalized.rows, weights.qkv.outputs);
    const heads = this.#workspace.matrix('heads', normalized.rows, shape.queryHeads * headDim);
    const { recorder } = this.#queue;
    if (kept === undefined) recorder.linear(qkv, normalized, weights.qkv);
    else recorder.linearToKept(qkv, normalized, weights.qkv, kept.heads);
    if (weights.qkvBias !== undefined) recorder.addBias(qkv, weights.qkvBias, kept?.heads);
    if (weights.headGains !== undefined) {
      recorder.headNorm(qkv, weights.headGains, shape, this.#config.normEpsilon, kept?.queries);
    }
    recorder.rotaryEmbedding(qkv, rotaryTable, shape, kept?.queries);
    recorder.attention(heads, qkv, shape, kept?.queries);
    return heads;
  }

  /** Activations of the neurons; compact if a selection is given. */
  ffn(normalized: Matrix, { into, neurons: width }: FfnWeights, kept: Selection | undefined): Matrix {
    const { recorder } = this.#queue;
    const neurons = this.#workspace.matrix('neurons', normalized.rows, width);
    if ('up' in into) {
      const raised = this.#workspace.matrix('raised', normalized.rows, width);
      recorder.linear(raised, normalized, into.up);
      recorder.biasedGelu(neurons, raised, into.upBias, kept);
    } else if (kept === undefined) recorder.gatedLinear(neurons, normalized, into.gateUp);
    else recorder.gatedLinearToKept(neurons, normalized, into.gateUp, kept);
    return neurons;
  }

  /** Adds x W^T to the residual stream, in place. */
  addProjected(residual: Matrix, x: Matrix, weight: Weight, kept: Selection | undefined): void {
    const { recorder } = this.#queue;
    if (kept === undefined) recorder.linear(residual, x, weight, residual);
    else recorder.linearFromKept(residual, x, weight, kept, residual);
  }

  normalized(x: Matrix, { gain, bias }: Norm): Matrix {
    const purpose = gain.cols > x.cols ? 'widened' : 'normalized';
    const normalized = this.#workspace.matrix(purpose, x.rows, gain.cols);
    const { recorder } = this.#queue;
    if (bias === undefined) recorder.rmsNorm(normalized, x, gain, this.#config.normEpsilon);
    else recorder.layerNorm(normalized, x, gain, bias, this.#config.normEpsilon);
    return normalized;
  }
}
