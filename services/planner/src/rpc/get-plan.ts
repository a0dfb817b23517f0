import { packPlan } from '@bonsai/rpc';
import type { plannerProto } from '@bonsai/rpc';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';
import { readPlanDocument } from '../plan/plan-document.ts';

export function* getPlan(
  service: JobService,
  { job }: plannerProto.GetPlanRequest,
): Generator<plannerProto.GetPlanResponse, void, undefined> {
  yield* packPlan(readPlanDocument(service.planDocument(jobIdOf(job, 'job'))));
}
