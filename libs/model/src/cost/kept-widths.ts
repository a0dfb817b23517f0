import { modelShape } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { keptLayers } from '../load/kept-units.ts';

/** Widths of a layer's activations after a cut; 0 where a block is gone. */
export interface KeptWidths {
  readonly groups: number;
  readonly qkv: number;
  readonly heads: number;
  readonly neurons: number;
}

/** Columns of the widest activation of a pass. */
export function widestActivation(hiddenSize: number, widths: readonly KeptWidths[]): number {
  return widths.reduce((widest, { qkv, neurons }) => Math.max(widest, qkv, neurons), hiddenSize);
}

/** Of any layer of the model as it is. */
export function wholeWidths({ headDim, queryHeads, kvHeads, ffnSize }: ModelConfig): KeptWidths {
  const heads = queryHeads * headDim;
  return { groups: kvHeads, qkv: heads + 2 * kvHeads * headDim, heads, neurons: ffnSize };
}

export function keptWidths(config: ModelConfig, cut: UnitSet): KeptWidths[] {
  const { headDim, queryHeads, kvHeads } = config;
  return keptLayers(new UnitTable(modelShape(config)), cut).map(({ attention, ffn }) => {
    const groups = attention.indices.length;
    const heads = groups * (queryHeads / kvHeads) * headDim;
    return { groups, qkv: heads + 2 * groups * headDim, heads, neurons: ffn.indices.length };
  });
}
