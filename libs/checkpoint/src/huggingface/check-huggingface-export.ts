import type { Checkpoint } from '../checkpoint.ts';
import type { PlannedExport } from '../planned-export.ts';
import { foreignBiases } from '../recovered/output-biases.ts';
import { requirePlaceForBiases } from './hf-config.ts';

/**
 * Whether stock transformers can open what is to be written, as far as that can be told before there is a cut.
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED
 */
export function checkHuggingFaceExport({ config }: Checkpoint, { recoversBiases }: PlannedExport): void {
  if (recoversBiases && foreignBiases(config).length > 0) requirePlaceForBiases(config);
}
