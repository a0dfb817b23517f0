import { access, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileDigest, stageOutput } from '@bonsai/checkpoint';
import { weightsDigestOf } from '@bonsai/planner';
import { callServerStream } from '@bonsai/rpc';
import type { PlannerServiceClient, planProto, plannerProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';

/** Beside the plan.json of `bonsai prune`, which has a folder of its own. */
const COMMON_NAME = 'recovered.safetensors';

/** Where the recovered weights of a plan are written: beside it and named after it, as other plans may lie there too. */
export function recoveredBeside(planPath: string): string {
  const name = basename(planPath) === 'plan.json' ? COMMON_NAME : `${basename(planPath, '.json')}.${COMMON_NAME}`;
  return join(dirname(planPath), name);
}

/**
 * Fetches the recovered weights of a job's plan, if it has any and they are not there yet.
 * @param options `overwrite`: whether a file of other contents is replaced
 * @returns whether it has
 * @throws BonsaiError PLAN_INVALID, OUTPUT_EXISTS, OUTPUT_FAILED
 */
export async function fetchRecovered(
  planner: PlannerServiceClient,
  job: string,
  plan: planProto.Plan,
  path: string,
  options: { readonly overwrite: boolean },
): Promise<boolean> {
  const expected = weightsDigestOf(plan);
  if (expected === undefined) return false;
  if ((await isThere(path)) && (await fileDigest(path)) === expected) return true;
  const pieces = callServerStream<plannerProto.GetPlanWeightsResponse>((...rest) =>
    planner.getPlanWeights({ job }, ...rest),
  );
  await stageOutput(path, options, async (staged) => {
    await writeFile(staged, bytesOf(pieces));
    await checkRecovered(plan, staged);
  });
  return true;
}

/** @throws BonsaiError PLAN_INVALID if the file is not there or not the one that the plan was made with */
export async function checkRecovered(plan: planProto.Plan, path: string): Promise<void> {
  const expected = weightsDigestOf(plan);
  if (expected === undefined) return;
  if (!(await isThere(path)))
    throw wrongWeights(`its recovered weights are not at ${path}; put the file beside the plan`);
  if ((await fileDigest(path)) === expected) return;
  throw wrongWeights(`${path} holds other weights than it was made with; use the file that was written with it`);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function* bytesOf(pieces: AsyncIterable<plannerProto.GetPlanWeightsResponse>): AsyncGenerator<Uint8Array> {
  for await (const { data } of pieces) yield data;
}

function wrongWeights(why: string): BonsaiError {
  return new BonsaiError(`The plan cannot be applied: ${why}.`, {
    code: 'FAILED_PRECONDITION',
    reason: 'PLAN_INVALID',
    field: 'plan.recovery.weights_digest',
  });
}
