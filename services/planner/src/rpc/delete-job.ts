import type { plannerProto } from '@bonsai/rpc';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function deleteJob(
  service: JobService,
  { name }: plannerProto.DeleteJobRequest,
): Promise<plannerProto.DeleteJobResponse> {
  await service.delete(jobIdOf(name, 'name'));
  return {};
}
