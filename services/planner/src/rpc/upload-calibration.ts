import type { plannerProto } from '@bonsai/rpc';
import { unpackWindow } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import { requireTarget, tokensIn } from '../calibration/calibration.ts';
import { calibrationName } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

/** Far more than any job evaluates; as 32-bit ids they take 256 MB of the planner's memory and store. */
export const MAX_CALIBRATION_TOKENS = 64_000_000;

/** @throws BonsaiError REQUEST_TOO_LARGE, TEXT_EMPTY, WINDOW_LENGTH */
export async function uploadCalibration(
  service: JobService,
  requests: AsyncIterable<plannerProto.UploadCalibrationRequest>,
  maxTokens: number,
): Promise<plannerProto.UploadCalibrationResponse> {
  const windows: Uint32Array[] = [];
  let tokens = 0;
  for await (const request of requests) {
    for (const window of request.windows) {
      // At once: of windows without tokens there is no end.
      requireTarget(window.tokenIds, windows.length);
      tokens += window.tokenIds.length;
      if (tokens > maxTokens) throw tooManyTokens(maxTokens, `windows[${windows.length}].token_ids`);
      windows.push(unpackWindow(window));
    }
  }
  const calibration = service.addCalibration(windows);
  return {
    name: calibrationName(calibration.digest),
    windowCount: calibration.windows.length,
    tokenCount: tokensIn(calibration.windows),
  };
}

function tooManyTokens(maxTokens: number, field: string): BonsaiError {
  const message = `One calibration holds at most ${maxTokens} tokens; send a sample of the text.`;
  return new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'REQUEST_TOO_LARGE', field });
}
