import { rotaryFrequencies } from '@bonsai/checkpoint';
import type { RopeConfig } from '@bonsai/checkpoint';
import type { HostMatrix } from '@bonsai/ops';

/** Row t: the cosines, then the sines of position t; [positions, rotaryDim]. */
export function rotaryTable(config: RopeConfig, positions: number): HostMatrix {
  const { rotaryDim } = config;
  const frequencies = rotaryFrequencies(config);
  const data = new Float32Array(positions * rotaryDim);
  for (let t = 0; t < positions; t++) {
    for (const [i, frequency] of frequencies.entries()) {
      data[t * rotaryDim + i] = Math.cos(t * frequency);
      data[t * rotaryDim + rotaryDim / 2 + i] = Math.sin(t * frequency);
    }
  }
  return { rows: positions, cols: rotaryDim, data };
}
