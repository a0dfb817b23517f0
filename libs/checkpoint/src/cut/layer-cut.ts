import { invalidArgument } from '@bonsai/support';
import { keptIndices, keptQueryHeads, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { layerTensors } from '../config/tensor-layout.ts';
import { modelShape } from '../model-config.ts';
import type { ModelConfig } from '../model-config.ts';
import { OUTPUT_BIASES } from '../recovered/output-biases.ts';

/**
 * What a cut leaves of one layer. Indices are of the original layer, ascending; an output may be padded
 * with `ZERO`.
 */
export interface LayerCut {
  readonly layer: number;
  readonly kvGroups: readonly number[];
  /** Of the kept groups, equally many of each, so that every head still finds its group. */
  readonly queryHeads: readonly number[];
  readonly neurons: readonly number[];
}

/** @throws BonsaiError MASK_LENGTH for a cut of another model */
export function layerCuts(config: ModelConfig, cut: UnitSet): LayerCut[] {
  const units = new UnitTable(modelShape(config));
  if (cut.length !== units.count) {
    const message = `The cut is over ${cut.length} units, but the model has ${units.count}; use the plan of this model.`;
    throw invalidArgument('MASK_LENGTH', 'cut', message);
  }
  return Array.from({ length: config.layerCount }, (_, layer) => {
    const kvGroups = keptIndices(units.module(layer, 'kvGroup'), cut);
    const queryHeads = keptQueryHeads(units, layer, cut);
    return { layer, kvGroups, queryHeads, neurons: keptIndices(units.module(layer, 'ffnNeuron'), cut) };
  });
}

/**
 * Leaves out layers that have lost both modules: nothing is added to the residual stream there, unless the family has biases
 * behind its output projections. A model that has lost everything keeps its first layer, empty, because no format has
 * models without layers.
 */
export function withoutEmptyLayers(config: ModelConfig, cuts: readonly LayerCut[]): readonly LayerCut[] {
  if (OUTPUT_BIASES.some((bias) => layerTensors(config).includes(bias))) return cuts;
  const kept = cuts.filter(({ kvGroups, neurons }) => kvGroups.length + neurons.length > 0);
  return kept.length > 0 ? kept : cuts.slice(0, 1);
}
