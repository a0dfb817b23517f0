import type { CallContext, plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function* watchJob(
  service: JobService,
  { name }: plannerProto.WatchJobRequest,
  { signal }: CallContext,
): AsyncGenerator<plannerProto.WatchJobResponse, void, undefined> {
  for await (const job of service.watch(jobIdOf(name, 'name'), signal)) yield { job: jobToSummary(job) };
}
