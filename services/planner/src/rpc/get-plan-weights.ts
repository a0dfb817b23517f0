import type { plannerProto } from '@bonsai/rpc';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function* getPlanWeights(
  service: JobService,
  { job }: plannerProto.GetPlanWeightsRequest,
): AsyncGenerator<plannerProto.GetPlanWeightsResponse, void, undefined> {
  for await (const data of service.planWeights(jobIdOf(job, 'job'))) yield { data: Buffer.from(data) };
}
