import type { UnitSet } from '@bonsai/pruning';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import { headRows } from '../cut/head-rows.ts';
import { keptLayersOf } from '../cut/kept-layers.ts';
import type { ModelConfig } from '../model-config.ts';

/** A tensor that recovered weights may hold after a cut. */
export interface RecoverableTensor {
  readonly shape: readonly number[];
  /** Of an output projection, the columns that the cut leaves, ascending; undefined for a bias and for the final norm. */
  readonly columns: readonly number[] | undefined;
}

/** Output projections that a cut leaves something of, and their biases, and the gains of the final norm, by tensor name. */
export function recoverableTensors(config: ModelConfig, cut: UnitSet): ReadonlyMap<string, RecoverableTensor> {
  const { hiddenSize, headDim } = config;
  const found = new Map<string, RecoverableTensor>([
    [MODEL_TENSORS.finalNorm, { shape: [hiddenSize], columns: undefined }],
  ]);
  const add = (projection: string, bias: string, columns: readonly number[]): void => {
    if (columns.length === 0) return;
    found.set(projection, { shape: [hiddenSize, columns.length], columns });
    found.set(bias, { shape: [hiddenSize], columns: undefined });
  };
  for (const { layer, queryHeads, ffnNeurons } of keptLayersOf(config, cut)) {
    const name = layerTensorName.bind(undefined, layer);
    add(name('attentionOutput'), name('attentionOutputBias'), headRows(queryHeads, headDim));
    add(name('down'), name('downBias'), ffnNeurons);
  }
  return found;
}
