import { planProto } from '@bonsai/rpc';
import { formatTable } from '../output/format.ts';

const { Constraint } = planProto;

/** What people call them. */
const NAMES: Readonly<Partial<Record<planProto.Constraint, string>>> = {
  [Constraint.CONSTRAINT_ALL]: 'all',
  [Constraint.CONSTRAINT_LAYOUT]: '--layout',
  [Constraint.CONSTRAINT_FFN_ALIGNMENT]: '--align',
  [Constraint.CONSTRAINT_MIN_KV_GROUPS]: '--min-kv-groups',
  [Constraint.CONSTRAINT_MIN_FFN_NEURONS]: '--min-neurons',
  [Constraint.CONSTRAINT_PROTECTED_LAYERS]: '--protect-layers',
};

const nameOf = (constraint: planProto.Constraint): string =>
  NAMES[constraint] ?? planProto.constraintToJSON(constraint);

/** One line per constraint: what the loss is with it and without, on calibration text. */
export function constraintsTable({ loss, costs }: planProto.ConstraintCosts): string {
  const rows = costs.map(({ constraint, lossWithout }) => {
    const cost = loss - lossWithout;
    return [nameOf(constraint), `${cost < 0 ? '' : '+'}${cost.toFixed(4)}`, loss.toFixed(4), lossWithout.toFixed(4)];
  });
  return formatTable([['constraint', 'cost', 'loss with', 'loss without'], ...rows]);
}

export function constraintsDocument(costs: planProto.ConstraintCosts | undefined): object | null {
  if (costs === undefined) return null;
  return {
    loss: costs.loss,
    costs: costs.costs.map(({ constraint, lossWithout }) => ({
      constraint: nameOf(constraint),
      loss_without: lossWithout,
    })),
    forward_tokens: costs.forwardTokens,
  };
}
