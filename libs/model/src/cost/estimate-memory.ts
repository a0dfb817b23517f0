import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend } from '@bonsai/ops';
import type { UnitSet } from '@bonsai/pruning';
import { keptWidths } from './kept-widths.ts';

export interface MemoryRequest {
  readonly config: ModelConfig;
  readonly cut: UnitSet;
  /** Rows (masks x tokens) that go through the model together. */
  readonly rows: number;
  readonly precision: Backend['weightPrecision'];
}

/** Bytes of device memory. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly activations: number;
}

const ACTIVATION_BYTES = 4;

/**
 * Device memory that evaluating masks takes, without the device's padding. Where the widths of layers differ, activations
 * of the layers that go into one submit are held side by side: a large model submits every layer by itself.
 */
export function estimateMemory({ config, cut, rows, precision }: MemoryRequest): MemoryEstimate {
  const { hiddenSize, vocabSize, tiedHead } = config;
  const widths = keptWidths(config, cut);
  const tables = (tiedHead ? 1 : 2) * vocabSize * hiddenSize;
  const weights = widths.reduce(
    (sum, { qkv, heads, neurons }) => sum + hiddenSize * (qkv + heads + 3 * neurons),
    tables,
  );
  const widest = (of: 'qkv' | 'heads' | 'neurons'): number =>
    widths.reduce((most, width) => Math.max(most, width[of]), 0);
  // The residual stream, its normalised copy, one of each of a layer's activations, and the losses.
  const columns = 2 * hiddenSize + widest('qkv') + widest('heads') + widest('neurons') + 1;
  return { weights: weights * (precision === 'f16' ? 2 : 4), activations: rows * columns * ACTIVATION_BYTES };
}
