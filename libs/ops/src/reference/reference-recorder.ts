import type { AttentionShape, GatedWeight, Indices, Matrix, Recorder, Weight } from '../backend.ts';
import { attention } from './attention.ts';
import { columnSums } from './column-sums.ts';
import { embed } from './embed.ts';
import { gatedLinear } from './gated-linear.ts';
import { gram } from './gram.ts';
import { linear } from './linear.ts';
import { negativeLogLikelihood } from './negative-log-likelihood.ts';
import { rmsNorm } from './rms-norm.ts';
import { rotaryEmbedding } from './rotary-embedding.ts';
import { rowCosines } from './row-cosines.ts';
import { hostGatedWeight, hostIndices, hostMatrix, hostWeight } from './storage.ts';
import type { ReferenceMatrix } from './storage.ts';

/** Keeps calls for later; each runs once. */
export class ReferenceRecorder implements Recorder {
  #calls: (() => void)[] = [];

  run(): void {
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) call();
  }

  embed(out: Matrix, table: Weight, tokens: Indices): void {
    this.#calls.push(() => embed(hostMatrix(out), hostWeight(table), hostIndices(tokens)));
  }

  rmsNorm(out: Matrix, x: Matrix, gain: Matrix, epsilon: number): void {
    this.#calls.push(() => rmsNorm(hostMatrix(out), hostMatrix(x), hostMatrix(gain), epsilon));
  }

  linear(out: Matrix, x: Matrix, weight: Weight, residual?: Matrix): void {
    this.#calls.push(() => linear(hostMatrix(out), hostMatrix(x), hostWeight(weight), optional(residual)));
  }

  gatedLinear(out: Matrix, x: Matrix, weight: GatedWeight, factors?: Matrix): void {
    this.#calls.push(() => gatedLinear(hostMatrix(out), hostMatrix(x), hostGatedWeight(weight), optional(factors)));
  }

  rotaryEmbedding(qkv: Matrix, table: Matrix, shape: AttentionShape): void {
    this.#calls.push(() => rotaryEmbedding(hostMatrix(qkv), hostMatrix(table), shape));
  }

  attention(out: Matrix, qkv: Matrix, shape: AttentionShape, factors?: Matrix): void {
    this.#calls.push(() => attention(hostMatrix(out), hostMatrix(qkv), shape, optional(factors)));
  }

  negativeLogLikelihood(out: Matrix, x: Matrix, head: Weight, targets: Indices): void {
    this.#calls.push(() =>
      negativeLogLikelihood(hostMatrix(out), hostMatrix(x), hostWeight(head), hostIndices(targets)),
    );
  }

  columnSums(sums: Matrix, x: Matrix): void {
    this.#calls.push(() => columnSums(hostMatrix(sums), hostMatrix(x)));
  }

  gram(sum: Matrix, x: Matrix): void {
    this.#calls.push(() => gram(hostMatrix(sum), hostMatrix(x)));
  }

  rowCosines(out: Matrix, x: Matrix, y: Matrix): void {
    this.#calls.push(() => rowCosines(hostMatrix(out), hostMatrix(x), hostMatrix(y)));
  }
}

function optional(matrix: Matrix | undefined): ReferenceMatrix | undefined {
  return matrix === undefined ? undefined : hostMatrix(matrix);
}
