import type { Dispatch, GpuBuffer } from '@bonsai/gpu';
import type { AttentionShape, GatedWeight, Indices, Matrix, Recorder, RowRange, Selection, Weight } from '@bonsai/ops';
import { addBias } from './add-bias/add-bias.ts';
import { addScaled } from './add-scaled/add-scaled.ts';
import { attention } from './attention/attention.ts';
import { biasedGelu } from './biased-gelu/biased-gelu.ts';
import { columnSums } from './column-sums/column-sums.ts';
import { copyBlocks } from './copy-blocks/copy-blocks.ts';
import {
  deviceGatedWeight,
  deviceIndices,
  deviceMatrix,
  deviceSelection,
  deviceWeight,
  type DeviceMatrix,
  type DeviceSelection,
} from './device-storage.ts';
import { embed } from './embed/embed.ts';
import { gatedLinear } from './gated-linear/gated-linear.ts';
import { gatedLinearToKept } from './gated-linear/gated-linear-to-kept.ts';
import { gatheredLogits } from './gathered-logits/gathered-logits.ts';
import { gram } from './gram/gram.ts';
import { headNorm } from './head-norm/head-norm.ts';
import type { KernelContext } from './kernel-context.ts';
import { layerNorm } from './layer-norm/layer-norm.ts';
import { linear, linearFromKept } from './linear/linear.ts';
import { linearToKept } from './linear/linear-to-kept.ts';
import { negativeLogLikelihood } from './negative-log-likelihood/negative-log-likelihood.ts';
import { rmsNorm } from './rms-norm/rms-norm.ts';
import { rotaryEmbedding } from './rotary-embedding/rotary-embedding.ts';
import { rowCosines } from './row-cosines/row-cosines.ts';

/** What a recorder hands to a submit: the dispatches and the buffers that must live until they are queued. */
export interface Recording {
  readonly dispatches: readonly Dispatch[];
  readonly held: readonly GpuBuffer[];
}

/** Turns ops into dispatches. A recording holds its buffers, so that an owner may release them before the submit. */
export class GpuRecorder implements Recorder {
  readonly #context: KernelContext;
  #dispatches: Dispatch[] = [];
  #held: GpuBuffer[] = [];

  constructor(context: KernelContext) {
    this.#context = context;
  }

  /** Empties the recorder. */
  take(): Recording {
    const recording = { dispatches: this.#dispatches, held: this.#held };
    this.#dispatches = [];
    this.#held = [];
    return recording;
  }

  release(): void {
    for (const buffer of this.take().held) buffer.release();
  }

  embed(out: Matrix, table: Weight, tokens: Indices): void {
    this.#record(embed(this.#context, deviceMatrix(out), deviceWeight(table), deviceIndices(tokens)));
  }

  copyBlocks(out: Matrix, x: Matrix, sources: Indices): void {
    this.#record(copyBlocks(deviceMatrix(out), deviceMatrix(x), deviceIndices(sources)));
  }

  rmsNorm(out: Matrix, x: Matrix, gain: Matrix, epsilon: number): void {
    this.#record(rmsNorm(deviceMatrix(out), deviceMatrix(x), deviceMatrix(gain), epsilon));
  }

  layerNorm(out: Matrix, x: Matrix, gain: Matrix, bias: Matrix, epsilon: number): void {
    this.#record(layerNorm(deviceMatrix(out), deviceMatrix(x), deviceMatrix(gain), deviceMatrix(bias), epsilon));
  }

  linear(out: Matrix, x: Matrix, weight: Weight, residual?: Matrix): void {
    this.#record(linear(this.#context, deviceMatrix(out), deviceMatrix(x), deviceWeight(weight), optional(residual)));
  }

  addBias(x: Matrix, bias: Matrix, kept?: Selection): void {
    this.#record(addBias(deviceMatrix(x), deviceMatrix(bias), optionalSelection(kept)));
  }

  addScaled(x: Matrix, y: Matrix, factor: number): void {
    this.#record(addScaled(deviceMatrix(x), deviceMatrix(y), factor));
  }

  biasedGelu(out: Matrix, x: Matrix, bias: Matrix, kept?: Selection): void {
    this.#record(biasedGelu(deviceMatrix(out), deviceMatrix(x), deviceMatrix(bias), optionalSelection(kept)));
  }

  gatedLinear(out: Matrix, x: Matrix, weight: GatedWeight): void {
    this.#record(gatedLinear(this.#context, deviceMatrix(out), deviceMatrix(x), deviceGatedWeight(weight)));
  }

  linearToKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection): void {
    const operands = [deviceMatrix(out), deviceMatrix(x), deviceWeight(weight), deviceSelection(kept)] as const;
    this.#record(linearToKept(this.#context, ...operands));
  }

  linearFromKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection, residual?: Matrix): void {
    const operands = [deviceMatrix(out), deviceMatrix(x), deviceWeight(weight), deviceSelection(kept)] as const;
    this.#record(linearFromKept(this.#context, ...operands, optional(residual)));
  }

  gatedLinearToKept(out: Matrix, x: Matrix, weight: GatedWeight, kept: Selection): void {
    const operands = [deviceMatrix(out), deviceMatrix(x), deviceGatedWeight(weight), deviceSelection(kept)] as const;
    this.#record(gatedLinearToKept(this.#context, ...operands));
  }

  headNorm(qkv: Matrix, gains: Matrix, shape: AttentionShape, epsilon: number, kept?: Selection): void {
    this.#record(headNorm(deviceMatrix(qkv), deviceMatrix(gains), shape, epsilon, optionalSelection(kept)));
  }

  rotaryEmbedding(qkv: Matrix, table: Matrix, shape: AttentionShape, kept?: Selection): void {
    this.#record(rotaryEmbedding(deviceMatrix(qkv), deviceMatrix(table), shape, optionalSelection(kept)));
  }

  attention(out: Matrix, qkv: Matrix, shape: AttentionShape, kept?: Selection): void {
    this.#record(attention(this.#context, deviceMatrix(out), deviceMatrix(qkv), shape, optionalSelection(kept)));
  }

  negativeLogLikelihood(out: Matrix, x: Matrix, head: Weight, targets: Indices, range?: RowRange): void {
    const scratch = (byteLength: number): GpuBuffer => this.#scratch(byteLength);
    const operands = {
      out: deviceMatrix(out),
      x: deviceMatrix(x),
      head: deviceWeight(head),
      targets: deviceIndices(targets),
    };
    this.#record(negativeLogLikelihood(this.#context, scratch, operands, range));
  }

  gatheredLogits(out: Matrix, x: Matrix, head: Weight, tokens: Indices): void {
    const operands = [deviceMatrix(out), deviceMatrix(x), deviceWeight(head), deviceIndices(tokens)] as const;
    this.#record(gatheredLogits(this.#context, ...operands));
  }

  columnSums(sums: Matrix, x: Matrix, windowLength: number): void {
    this.#record(columnSums(deviceMatrix(sums), deviceMatrix(x), windowLength));
  }

  gram(sums: Matrix, x: Matrix, y: Matrix, windowLength: number, range?: RowRange, above?: number): void {
    this.#record(gram(this.#context, deviceMatrix(sums), deviceMatrix(x), deviceMatrix(y), windowLength, range, above));
  }

  rowCosines(out: Matrix, x: Matrix, y: Matrix): void {
    this.#record(rowCosines(deviceMatrix(out), deviceMatrix(x), deviceMatrix(y)));
  }

  #record(dispatches: readonly Dispatch[]): void {
    for (const dispatch of dispatches) {
      for (const buffer of dispatch.buffers) {
        buffer.retain();
        this.#held.push(buffer);
      }
      this.#dispatches.push(dispatch);
    }
  }

  #scratch(byteLength: number): GpuBuffer {
    const buffer = this.#context.device.allocate(byteLength, { label: 'scratch', pooled: true });
    this.#held.push(buffer);
    return buffer;
  }
}

function optional(matrix: Matrix | undefined): DeviceMatrix | undefined {
  return matrix === undefined ? undefined : deviceMatrix(matrix);
}

function optionalSelection(selection: Selection | undefined): DeviceSelection | undefined {
  return selection === undefined ? undefined : deviceSelection(selection);
}
