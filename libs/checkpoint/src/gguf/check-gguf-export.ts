import type { Checkpoint } from '../checkpoint.ts';
import type { PlannedExport } from '../planned-export.ts';
import { foreignBiases } from '../recovered/output-biases.ts';
import { dialectsFor } from './dialects-for.ts';
import { checkpointVocabulary } from './vocabulary/checkpoint-vocabulary.ts';

/**
 * Whether llama.cpp can open what is to be written, as far as that can be told before there is a cut. Reads no weights.
 * @throws BonsaiError TOKENIZER_INVALID, LAYOUT_NOT_SUPPORTED
 */
export async function checkGgufExport(checkpoint: Checkpoint, { recoversBiases }: PlannedExport): Promise<void> {
  const { config } = checkpoint;
  dialectsFor(config, recoversBiases && foreignBiases(config).length > 0);
  await checkpointVocabulary(checkpoint);
}
