import { invalidArgument } from '@bonsai/support';
import type { ModelDescription } from '../jobs/job.ts';
import type { Calibration } from './calibration.ts';

/** @throws BonsaiError TOKEN_OUT_OF_RANGE or WINDOW_LENGTH if the model cannot read the windows */
export function checkCalibration(calibration: Calibration, model: ModelDescription): void {
  for (const [index, { tokenIds }] of calibration.windows.entries()) {
    if (tokenIds.length > model.contextLength) {
      const message = `Window ${index} has ${tokenIds.length} tokens, the model reads ${model.contextLength}; cut shorter windows.`;
      throw invalidArgument('WINDOW_LENGTH', 'spec.calibration', message);
    }
    const wrong = tokenIds.find((id) => id >= model.vocabSize);
    if (wrong !== undefined) {
      const message = `Window ${index} has token ${wrong}, the vocabulary ends at ${model.vocabSize - 1}; use this model's tokenizer.`;
      throw invalidArgument('TOKEN_OUT_OF_RANGE', 'spec.calibration', message);
    }
  }
}
