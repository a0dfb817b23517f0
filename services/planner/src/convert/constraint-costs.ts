import type { ConstraintCost, ConstraintCosts } from '@bonsai/pruning';
import { EnumTable, planProto } from '@bonsai/rpc';

const CONSTRAINTS = new EnumTable<ConstraintCost['constraint'], planProto.Constraint>({
  all: planProto.Constraint.CONSTRAINT_ALL,
  layout: planProto.Constraint.CONSTRAINT_LAYOUT,
  ffnAlignment: planProto.Constraint.CONSTRAINT_FFN_ALIGNMENT,
  minKvGroups: planProto.Constraint.CONSTRAINT_MIN_KV_GROUPS,
  minFfnNeurons: planProto.Constraint.CONSTRAINT_MIN_FFN_NEURONS,
  protectedLayers: planProto.Constraint.CONSTRAINT_PROTECTED_LAYERS,
});

export function constraintCostsToMessage({
  loss,
  costs,
  windows,
  forwardTokens,
}: ConstraintCosts): planProto.ConstraintCosts {
  return {
    loss,
    costs: costs.map(({ constraint, ...cost }) => ({ constraint: CONSTRAINTS.toWire(constraint), ...cost })),
    windows: [...windows],
    forwardTokens,
  };
}
