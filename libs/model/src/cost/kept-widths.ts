import { layerTensors, modelShape } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { keptLayers, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';

/** Widths of a layer's activations after a cut; 0 where a block is gone. */
export interface KeptWidths {
  readonly groups: number;
  readonly qkv: number;
  readonly headColumns: number;
  /** Before their activation, where that is an op of its own. */
  readonly raised: number;
  readonly neurons: number;
}

/** Columns of the widest activation of a pass. */
export function widestActivation(hiddenSize: number, widths: readonly KeptWidths[]): number {
  return widths.reduce((widest, { qkv, neurons }) => Math.max(widest, qkv, neurons), hiddenSize);
}

/** Of any layer of the model as it is. */
export function wholeWidths(config: ModelConfig): KeptWidths {
  return widthsOf(config, config.kvHeads, config.queryHeads, config.ffnSize);
}

export function keptWidths(config: ModelConfig, cut: UnitSet): KeptWidths[] {
  return keptLayers(new UnitTable(modelShape(config)), cut).map(({ kvGroups, queryHeads, ffnNeurons }) =>
    widthsOf(config, kvGroups.length, queryHeads.length, ffnNeurons.length),
  );
}

function widthsOf(config: ModelConfig, groups: number, queryHeads: number, neurons: number): KeptWidths {
  const { headDim } = config;
  const headColumns = queryHeads * headDim;
  const raised = layerTensors(config).includes('gate') ? 0 : neurons;
  return { groups, qkv: headColumns + 2 * groups * headDim, headColumns, raised, neurons };
}
