import { layerTensors } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { UnitSet } from '@bonsai/pruning';
import { keptWidths } from './kept-widths.ts';

/** Floating-point operations that scoring one token takes, on average over a window: matrix products and attention. */
export function forwardFlops(config: ModelConfig, cut: UnitSet, windowLength: number): number {
  const { hiddenSize, vocabSize } = config;
  const ffnMaps = layerTensors(config).includes('gate') ? 3 : 2;
  const meanContext = (windowLength + 1) / 2;
  const layers = keptWidths(config, cut).reduce((sum, { qkv, headColumns, neurons }) => {
    const weights = hiddenSize * (qkv + headColumns + ffnMaps * neurons);
    return sum + 2 * weights + 4 * meanContext * headColumns;
  }, 0);
  return layers + 2 * hiddenSize * vocabSize;
}
