import type { plannerProto } from '@bonsai/rpc';
import { unpackWindow } from '@bonsai/rpc';
import { tokenCount } from '../calibration/calibration.ts';
import { calibrationName } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function uploadCalibration(
  service: JobService,
  requests: AsyncIterable<plannerProto.UploadCalibrationRequest>,
): Promise<plannerProto.UploadCalibrationResponse> {
  const windows: Uint32Array[] = [];
  for await (const request of requests) windows.push(...request.windows.map(unpackWindow));
  const calibration = service.addCalibration(windows);
  return {
    name: calibrationName(calibration.digest),
    windowCount: calibration.windows.length,
    tokenCount: tokenCount(calibration),
  };
}
