import { plannerProto } from '@bonsai/rpc';
import { digest } from '@bonsai/support';
import type { JobRequest } from '../jobs/job.ts';
import { specFromMessage } from './job.ts';
import { checkJobId } from './resource-name.ts';

/**
 * The digest is of proto3 JSON, which leaves out what the request leaves open: neither another default nor a setting that is added
 * later makes it another request.
 * @throws BonsaiError REQUEST_INVALID, SETTING_INVALID
 */
export function requestFromMessage(message: plannerProto.CreateJobRequest): JobRequest {
  const { spec, jobId } = message;
  checkJobId(jobId);
  const written = JSON.stringify(plannerProto.CreateJobRequest.toJSON(message));
  return { id: jobId, digest: digest(['bonsai.job-request.v1', written]), spec: specFromMessage(spec) };
}
