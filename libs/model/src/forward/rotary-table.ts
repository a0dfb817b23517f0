import type { ModelConfig } from '@bonsai/checkpoint';
import type { HostMatrix } from '@bonsai/ops';

type RotaryConfig = Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>;

/**
 * Angles of the rotary embedding in radians per position, one for each pair of a head's elements (Su et al. 2021), with
 * the Llama 3.1 scaling: long wavelengths are stretched by `factor`, short ones kept, those between interpolated.
 */
export function rotaryFrequencies({ headDim, ropeTheta, ropeScaling }: RotaryConfig): Float64Array {
  const frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headDim));
  if (ropeScaling === undefined) return frequencies;
  const { factor, lowFreqFactor, highFreqFactor, originalContextLength } = ropeScaling;
  return frequencies.map((frequency) => {
    const turns = (originalContextLength * frequency) / (2 * Math.PI);
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    const kept = Math.min(1, Math.max(0, smooth));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}

/** Row t: the cosines, then the sines of position t; [positions, headDim]. */
export function rotaryTable(config: RotaryConfig, positions: number): HostMatrix {
  const { headDim } = config;
  const frequencies = rotaryFrequencies(config);
  const data = new Float32Array(positions * headDim);
  for (let t = 0; t < positions; t++) {
    for (const [i, frequency] of frequencies.entries()) {
      data[t * headDim + i] = Math.cos(t * frequency);
      data[t * headDim + headDim / 2 + i] = Math.sin(t * frequency);
    }
  }
  return { rows: positions, cols: headDim, data };
}
