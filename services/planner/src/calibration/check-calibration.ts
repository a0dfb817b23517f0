import { checkWindow } from '@bonsai/support';
import type { ModelDescription } from '../jobs/job.ts';
import type { Calibration } from './calibration.ts';

/** @throws BonsaiError TOKEN_OUT_OF_RANGE or WINDOW_LENGTH if the model cannot read the windows */
export function checkCalibration(calibration: Calibration, model: ModelDescription): void {
  for (const [i, { tokenIds }] of calibration.windows.entries()) {
    checkWindow(tokenIds, model, `spec.calibration.windows[${i}].token_ids`);
  }
}
