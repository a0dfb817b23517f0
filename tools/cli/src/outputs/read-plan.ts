import { readFile } from 'node:fs/promises';
import { readPlanDocument } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';

/** @throws BonsaiError PLAN_INVALID */
export async function readPlan(path: string): Promise<planProto.Plan> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BonsaiError(`The plan ${path} cannot be read; check the path.`, {
      code: 'NOT_FOUND',
      reason: 'PLAN_INVALID',
      field: '--plan',
      cause,
    });
  });
  return readPlanDocument(text);
}
