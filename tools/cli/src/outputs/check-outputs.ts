import {
  checkGgufExport,
  checkHuggingFaceExport,
  checkTarget,
  openCheckpoint,
  probeFolder,
  requireOtherDirectory,
} from '@bonsai/checkpoint';
import type { PlannedExport } from '@bonsai/checkpoint';
import type { PruningOptions } from '../options/pruning-options.ts';
import { modelPath } from './model-path.ts';
import { formatsOf } from './output-format.ts';
import type { OutputChoice } from './output-format.ts';

export interface WantedOutputs extends Pick<PruningOptions, 'recover'> {
  readonly out: string;
  readonly format: OutputChoice;
}

/**
 * Asks before a job, which may take hours, what its outputs would fail of afterwards.
 * @throws BonsaiError OUTPUT_FAILED, OUTPUT_EXISTS, LAYOUT_NOT_SUPPORTED, TOKENIZER_INVALID
 */
export async function checkOutputs(modelDirectory: string, { out, format, recover }: WantedOutputs): Promise<void> {
  await probeFolder(out);
  const planned: PlannedExport = { recoversBiases: recover === 'bias' };
  const checkpoint = await openCheckpoint(modelDirectory);
  try {
    for (const wanted of formatsOf(format)) {
      const path = modelPath(out, modelDirectory, wanted);
      if (wanted === 'gguf') {
        await checkTarget(path, { overwrite: true });
        await checkGgufExport(checkpoint, planned);
      } else {
        await requireOtherDirectory(modelDirectory, path);
        await checkTarget(path, { kind: 'directory', overwrite: true });
        checkHuggingFaceExport(checkpoint, planned);
      }
    }
  } finally {
    await checkpoint.close();
  }
}
