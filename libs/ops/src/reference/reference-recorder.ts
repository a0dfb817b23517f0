import type {
  AttentionShape,
  GatedWeight,
  Indices,
  Matrix,
  Recorder,
  RowRange,
  Selection,
  Weight,
} from '../backend.ts';
import { addBias } from './add-bias.ts';
import { addScaled } from './add-scaled.ts';
import { attention } from './attention.ts';
import { biasedGelu } from './biased-gelu.ts';
import { columnSums } from './column-sums.ts';
import { copyBlocks } from './copy-blocks.ts';
import { embed } from './embed.ts';
import { gatheredLogits } from './gathered-logits.ts';
import { gatedLinear } from './gated-linear.ts';
import { gatedLinearToKept, linearFromKept, linearToKept } from './kept-linear.ts';
import { gram } from './gram.ts';
import { headNorm } from './head-norm.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { negativeLogLikelihood } from './negative-log-likelihood.ts';
import { rmsNorm } from './rms-norm.ts';
import { rotaryEmbedding } from './rotary-embedding.ts';
import { rowCosines } from './row-cosines.ts';
import { hostGatedWeight, hostIndices, hostMatrix, hostSelection, hostWeight } from './storage.ts';
import type { ReferenceMatrix, ReferenceSelection } from './storage.ts';

/** Keeps calls for later; each runs once. */
export class ReferenceRecorder implements Recorder {
  #calls: (() => void)[] = [];

  run(): void {
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) call();
  }

  release(): void {
    this.#calls = [];
  }

  embed(out: Matrix, table: Weight, tokens: Indices): void {
    this.#calls.push(() => embed(hostMatrix(out), hostWeight(table), hostIndices(tokens)));
  }

  copyBlocks(out: Matrix, x: Matrix, sources: Indices): void {
    this.#calls.push(() => copyBlocks(hostMatrix(out), hostMatrix(x), hostIndices(sources)));
  }

  rmsNorm(out: Matrix, x: Matrix, gain: Matrix, epsilon: number): void {
    this.#calls.push(() => rmsNorm(hostMatrix(out), hostMatrix(x), hostMatrix(gain), epsilon));
  }

  layerNorm(out: Matrix, x: Matrix, gain: Matrix, bias: Matrix, epsilon: number): void {
    this.#calls.push(() => layerNorm(hostMatrix(out), hostMatrix(x), hostMatrix(gain), hostMatrix(bias), epsilon));
  }

  linear(out: Matrix, x: Matrix, weight: Weight, residual?: Matrix): void {
    this.#calls.push(() => linear(hostMatrix(out), hostMatrix(x), hostWeight(weight), optional(residual)));
  }

  addBias(x: Matrix, bias: Matrix, kept?: Selection): void {
    this.#calls.push(() => addBias(hostMatrix(x), hostMatrix(bias), optionalSelection(kept)));
  }

  addScaled(x: Matrix, y: Matrix, factor: number): void {
    this.#calls.push(() => addScaled(hostMatrix(x), hostMatrix(y), factor));
  }

  biasedGelu(out: Matrix, x: Matrix, bias: Matrix, kept?: Selection): void {
    this.#calls.push(() => biasedGelu(hostMatrix(out), hostMatrix(x), hostMatrix(bias), optionalSelection(kept)));
  }

  gatedLinear(out: Matrix, x: Matrix, weight: GatedWeight): void {
    this.#calls.push(() => gatedLinear(hostMatrix(out), hostMatrix(x), hostGatedWeight(weight)));
  }

  linearToKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection): void {
    this.#calls.push(() => linearToKept(hostMatrix(out), hostMatrix(x), hostWeight(weight), hostSelection(kept)));
  }

  linearFromKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection, residual?: Matrix): void {
    this.#calls.push(() =>
      linearFromKept(hostMatrix(out), hostMatrix(x), hostWeight(weight), hostSelection(kept), optional(residual)),
    );
  }

  gatedLinearToKept(out: Matrix, x: Matrix, weight: GatedWeight, kept: Selection): void {
    this.#calls.push(() =>
      gatedLinearToKept(hostMatrix(out), hostMatrix(x), hostGatedWeight(weight), hostSelection(kept)),
    );
  }

  headNorm(qkv: Matrix, gains: Matrix, shape: AttentionShape, epsilon: number, kept?: Selection): void {
    this.#calls.push(() => headNorm(hostMatrix(qkv), hostMatrix(gains), shape, epsilon, optionalSelection(kept)));
  }

  rotaryEmbedding(qkv: Matrix, table: Matrix, shape: AttentionShape, kept?: Selection): void {
    this.#calls.push(() => rotaryEmbedding(hostMatrix(qkv), hostMatrix(table), shape, optionalSelection(kept)));
  }

  attention(out: Matrix, qkv: Matrix, shape: AttentionShape, kept?: Selection): void {
    this.#calls.push(() => attention(hostMatrix(out), hostMatrix(qkv), shape, optionalSelection(kept)));
  }

  negativeLogLikelihood(out: Matrix, x: Matrix, head: Weight, targets: Indices, range?: RowRange): void {
    this.#calls.push(() =>
      negativeLogLikelihood(hostMatrix(out), hostMatrix(x), hostWeight(head), hostIndices(targets), range),
    );
  }

  gatheredLogits(out: Matrix, x: Matrix, head: Weight, tokens: Indices): void {
    this.#calls.push(() => gatheredLogits(hostMatrix(out), hostMatrix(x), hostWeight(head), hostIndices(tokens)));
  }

  columnSums(sums: Matrix, x: Matrix, windowLength: number): void {
    this.#calls.push(() => columnSums(hostMatrix(sums), hostMatrix(x), windowLength));
  }

  gram(sums: Matrix, x: Matrix, y: Matrix, windowLength: number, range?: RowRange, above?: number): void {
    this.#calls.push(() => gram(hostMatrix(sums), hostMatrix(x), hostMatrix(y), windowLength, range, above));
  }

  rowCosines(out: Matrix, x: Matrix, y: Matrix): void {
    this.#calls.push(() => rowCosines(hostMatrix(out), hostMatrix(x), hostMatrix(y)));
  }
}

function optional(matrix: Matrix | undefined): ReferenceMatrix | undefined {
  return matrix === undefined ? undefined : hostMatrix(matrix);
}

function optionalSelection(selection: Selection | undefined): ReferenceSelection | undefined {
  return selection === undefined ? undefined : hostSelection(selection);
}
