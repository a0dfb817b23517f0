import { planDocument } from '@bonsai/planner';
import { fetchPlan } from '@bonsai/rpc';
import type { PlannerServiceClient, planProto } from '@bonsai/rpc';
import { fetchRecovered, recoveredBeside } from './recovered-file.ts';
import { writeText } from './write-text.ts';

/** A plan with the files that it is in. */
export interface PlanFiles {
  readonly plan: planProto.Plan;
  readonly path: string;
  /** File of its recovered weights; undefined if it has none. */
  readonly recovered: string | undefined;
}

/**
 * Writes the plan of a finished job, with its recovered weights beside it; they are there before the plan is.
 * @throws BonsaiError PLAN_INVALID, OUTPUT_FAILED, and what the planner says
 */
export async function writePlanFiles(planner: PlannerServiceClient, job: string, path: string): Promise<PlanFiles> {
  const plan = await fetchPlan(planner, job);
  const beside = recoveredBeside(path);
  const hasRecovered = await fetchRecovered(planner, job, plan, beside);
  await writeText(path, planDocument(plan));
  return { plan, path, recovered: hasRecovered ? beside : undefined };
}
