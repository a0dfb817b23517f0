import type { UnitSet } from '@bonsai/pruning';
import { layerTensorName } from '../config/tensor-names.ts';
import { headRows } from '../cut/head-rows.ts';
import { layerCuts } from '../cut/layer-cut.ts';
import type { ModelConfig } from '../model-config.ts';

/** Output projections that a cut leaves something of, by tensor name, with the columns that it leaves; ascending. */
export function outputColumns(config: ModelConfig, cut: UnitSet): ReadonlyMap<string, readonly number[]> {
  const columns = new Map<string, readonly number[]>();
  for (const { layer, queryHeads, neurons } of layerCuts(config, cut)) {
    if (queryHeads.length > 0)
      columns.set(layerTensorName(layer, 'attentionOutput'), headRows(queryHeads, config.headDim));
    if (neurons.length > 0) columns.set(layerTensorName(layer, 'down'), neurons);
  }
  return columns;
}
