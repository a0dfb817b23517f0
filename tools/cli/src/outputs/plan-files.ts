import { readFile, writeFile } from 'node:fs/promises';
import { stageOutput } from '@bonsai/checkpoint';
import { planDocument } from '@bonsai/planner';
import { fetchPlan } from '@bonsai/rpc';
import type { PlannerServiceClient, planProto } from '@bonsai/rpc';
import { fetchRecovered, recoveredBeside } from './recovered-file.ts';

/** A plan with the files that it is in. */
export interface PlanFiles {
  readonly plan: planProto.Plan;
  readonly path: string;
  /** File of its recovered weights; undefined if it has none. */
  readonly recovered: string | undefined;
}

/**
 * Writes the plan of a finished job, with its recovered weights beside it; they are there before the plan is.
 * @param overwrite whether files of other contents are replaced
 * @throws BonsaiError PLAN_INVALID, OUTPUT_EXISTS, OUTPUT_FAILED, and what the planner says
 */
export async function writePlanFiles(
  planner: PlannerServiceClient,
  job: string,
  path: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<PlanFiles> {
  const plan = await fetchPlan(planner, job);
  const text = planDocument(plan);
  const beside = recoveredBeside(path);
  const mayReplace = overwrite || (await holds(path, text));
  const hasRecovered = await stageOutput(path, { overwrite: mayReplace }, async (staged) => {
    await writeFile(staged, text);
    return fetchRecovered(planner, job, plan, beside, { overwrite });
  });
  return { plan, path, recovered: hasRecovered ? beside : undefined };
}

async function holds(path: string, text: string): Promise<boolean> {
  return text === (await readFile(path, 'utf8').catch(() => undefined));
}
