import type { planProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';

/** @throws BonsaiError MODEL_REVISION_MISMATCH if the plan was made for another model */
export function checkRevision(plan: planProto.Plan, revision: string): void {
  if (plan.model?.revision === revision) return;
  throw new BonsaiError(
    'The plan was made for another model or another revision of it; give the checkpoint it names.',
    {
      code: 'FAILED_PRECONDITION',
      reason: 'MODEL_REVISION_MISMATCH',
      field: '--model',
    },
  );
}
