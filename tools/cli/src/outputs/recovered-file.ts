import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileDigest, stageOutput } from '@bonsai/checkpoint';
import { weightsDigest } from '@bonsai/planner';
import { callServerStream } from '@bonsai/rpc';
import type { PlannerServiceClient, planProto, plannerProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';

/** Where the recovered weights of a plan lie: beside it. */
export function recoveredBeside(planPath: string): string {
  return join(dirname(planPath), 'recovered.safetensors');
}

/** Fetches the recovered weights of a job's plan, if it has any. @returns whether it has @throws BonsaiError PLAN_INVALID */
export async function fetchRecovered(
  planner: PlannerServiceClient,
  job: string,
  plan: planProto.Plan,
  path: string,
): Promise<boolean> {
  if (weightsDigest(plan) === undefined) return false;
  const pieces = callServerStream<plannerProto.GetPlanWeightsResponse>((...rest) =>
    planner.getPlanWeights({ job }, ...rest),
  );
  await stageOutput(path, { overwrite: true }, async (staged) => {
    await writeFile(staged, bytesOf(pieces));
    await checkRecovered(plan, staged);
  });
  return true;
}

/** @throws BonsaiError PLAN_INVALID if the file is not there or not the one that the plan was made with */
export async function checkRecovered(plan: planProto.Plan, path: string): Promise<void> {
  const expected = weightsDigest(plan);
  if (expected === undefined) return;
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) throw wrongWeights(`its recovered weights are not at ${path}; put the file beside the plan`);
  if ((await fileDigest(path)) === expected) return;
  throw wrongWeights(`${path} holds other weights than it was made with; use the file that was written with it`);
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
