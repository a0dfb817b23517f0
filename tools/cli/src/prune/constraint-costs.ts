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

/** One line per constraint: what the loss is with it and without, and on what it was measured. */
export function constraintsTable({ loss, costs, windows }: planProto.ConstraintCosts): string {
  const rows = costs.map((cost) => [
    nameOf(cost.constraint),
    costOf(loss, cost),
    loss.toFixed(4),
    cost.lossWithout.toFixed(4),
  ]);
  const table = formatTable([['constraint', 'cost', 'loss with', 'loss without'], ...rows]);
  const text = windows.length === 1 ? '1 calibration window' : `${windows.length} calibration windows`;
  const errors = costs.some(({ standardError }) => standardError !== undefined) ? '; ± is the standard error' : '';
  return `${table}\nMeasured on ${text}, without recovery${errors}.`;
}

function costOf(loss: number, { lossWithout, standardError }: planProto.ConstraintCost): string {
  const cost = loss - lossWithout;
  return `${cost < 0 ? '' : '+'}${cost.toFixed(4)}${standardError === undefined ? '' : ` ± ${standardError.toFixed(4)}`}`;
}

export function constraintsDocument(costs: planProto.ConstraintCosts | undefined): object | null {
  if (costs === undefined) return null;
  return {
    loss: costs.loss,
    costs: costs.costs.map(({ constraint, lossWithout, standardError = null }) => ({
      constraint: nameOf(constraint),
      loss_without: lossWithout,
      standard_error: standardError,
    })),
    windows: costs.windows.length,
    forward_tokens: costs.forwardTokens,
  };
}
