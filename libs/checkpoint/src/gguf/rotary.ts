import type { RopeConfig } from '../config/rope.ts';
import { rotaryFrequencies } from '../config/rotary-frequencies.ts';
import { ZERO } from '../cut/select-tensor.ts';

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
 * longer than the original context, something between for others.
 */
export function rotaryDivisors(config: RopeConfig): Float32Array | undefined {
  if (config.ropeScaling === undefined) return undefined;
  const scaled = rotaryFrequencies(config);
  const whole = rotaryFrequencies({ ...config, ropeScaling: undefined });
  return Float32Array.from(whole, (frequency, i) => frequency / (scaled[i] as number));
}
