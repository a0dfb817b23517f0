import { invalidArgument } from '@bonsai/support';
import { keptLayers, UnitTable } from '@bonsai/pruning';
import type { KeptLayer, UnitSet } from '@bonsai/pruning';
import { layerTensors } from '../config/tensor-layout.ts';
import { modelShape } from '../model-config.ts';
import type { ModelConfig } from '../model-config.ts';
import { OUTPUT_BIASES } from '../recovered/output-biases.ts';

/** What a cut leaves of every layer of a model. @throws BonsaiError MASK_LENGTH for a cut of another model */
export function keptLayersOf(config: ModelConfig, cut: UnitSet): KeptLayer[] {
  const units = new UnitTable(modelShape(config));
  if (cut.length !== units.count) {
    const message = `The cut is over ${cut.length} units, but the model has ${units.count}; use the plan of this model.`;
    throw invalidArgument('MASK_LENGTH', 'cut', message);
  }
  return keptLayers(units, cut);
}

/**
 * Leaves out layers that have lost both modules: nothing is added to the residual stream there, unless the family has biases
 * behind its output projections. A model that has lost everything keeps its first layer, empty, because no format has
 * models without layers.
 */
export function withoutEmptyLayers(config: ModelConfig, layers: readonly KeptLayer[]): readonly KeptLayer[] {
  if (OUTPUT_BIASES.some((bias) => layerTensors(config).includes(bias))) return layers;
  const kept = layers.filter(({ kvGroups, ffnNeurons }) => kvGroups.length + ffnNeurons.length > 0);
  return kept.length > 0 ? kept : layers.slice(0, 1);
}
