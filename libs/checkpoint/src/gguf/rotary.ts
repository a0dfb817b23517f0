import { ZERO } from '../cut/select-tensor.ts';
import type { ModelConfig } from '../model-config.ts';

/**
 * Rows of whole query or key heads in the order that llama.cpp rotates: it pairs neighbours (2i, 2i + 1) where
 * transformers pairs i with i + headDim / 2 (rope type NORM of the architectures llama and deci). {@link ZERO} stands for
 * a head of zeros.
 */
export function interleavedHeadRows(heads: readonly number[], headDim: number): number[] {
  const half = headDim / 2;
  return heads.flatMap((head) =>
    Array.from({ length: headDim }, (_, row) =>
      head === ZERO ? ZERO : head * headDim + (row % 2) * half + (row >> 1),
    ),
  );
}

/**
 * Divisors of the rotary frequencies, [rotaryDim / 2], that make up llama3 scaling: 1 for short waves, `factor` for waves
 * longer than the original context, a blend between. Formula of transformers' `_compute_llama3_parameters`.
 */
export function rotaryDivisors(config: ModelConfig): Float32Array | undefined {
  const scaling = config.ropeScaling;
  if (scaling === undefined) return undefined;
  const { factor, lowFreqFactor, highFreqFactor, originalContextLength } = scaling;
  return Float32Array.from({ length: config.rotaryDim / 2 }, (_, i) => {
    const waveLength = 2 * Math.PI * config.ropeTheta ** ((2 * i) / config.rotaryDim);
    const turns = originalContextLength / waveLength;
    if (turns > highFreqFactor) return 1;
    if (turns < lowFreqFactor) return factor;
    const blend = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return 1 / ((1 - blend) / factor + blend);
  });
}
