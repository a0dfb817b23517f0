import type { RopeConfig } from './rope.ts';

/**
 * Angles of the rotary embedding in radians per position, one for each pair of a head's rotated elements (Su et al. 2021), with
 * the Llama 3.1 scaling: long wavelengths are stretched by `factor`, short ones kept, those between interpolated.
 */
export function rotaryFrequencies({ rotaryDim, ropeTheta, ropeScaling }: RopeConfig): Float64Array {
  const frequencies = Float64Array.from({ length: rotaryDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / rotaryDim));
  if (ropeScaling === undefined) return frequencies;
  const { factor, lowFreqFactor, highFreqFactor, originalContextLength } = ropeScaling;
  return frequencies.map((frequency) => {
    const turns = (originalContextLength * frequency) / (2 * Math.PI);
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    const kept = Math.min(1, Math.max(0, smooth));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}
