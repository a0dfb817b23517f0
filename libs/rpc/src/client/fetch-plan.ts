import { unpackPlan } from '../convert/plan-parts.ts';
import type { Plan } from '../gen/bonsai/v1/plan.ts';
import type { PlannerServiceClient } from '../gen/bonsai/v1/planner.ts';
import { callServerStream } from './calls.ts';
import type { CallLimits } from './calls.ts';

/**
 * The whole plan of a finished job, `jobs/{id}`.
 * @throws BonsaiError what the planner refuses the job with; INTERNAL if parts are missing
 */
export function fetchPlan(client: PlannerServiceClient, job: string, limits: CallLimits = {}): Promise<Plan> {
  return unpackPlan(callServerStream((...rest) => client.getPlan({ job }, ...rest), limits));
}
