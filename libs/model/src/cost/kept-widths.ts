import { modelShape } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { keptLayers } from '../load/kept-units.ts';

/** Widths of a layer's activations after a cut; 0 where a block is gone. */
export interface KeptWidths {
  readonly qkv: number;
  readonly heads: number;
  readonly neurons: number;
}

export function keptWidths(config: ModelConfig, cut: UnitSet): KeptWidths[] {
  const { headDim, queryHeads, kvHeads } = config;
  return keptLayers(new UnitTable(modelShape(config)), cut).map(({ attention, ffn }) => {
    const groups = attention.indices.length;
    const heads = groups * (queryHeads / kvHeads) * headDim;
    return { qkv: heads + 2 * groups * headDim, heads, neurons: ffn.indices.length };
  });
}
