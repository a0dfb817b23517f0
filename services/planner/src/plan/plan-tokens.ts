import type { planProto } from '@bonsai/rpc';

/** Forward tokens that went into a plan: those of its rounds, and of what is counted beside them. */
export function planForwardTokens({
  rounds,
  recovery,
  priorRace,
  constraintCosts,
}: Pick<planProto.Plan, 'rounds' | 'recovery' | 'priorRace' | 'constraintCosts'>): number {
  const parts = [...rounds, recovery, priorRace, constraintCosts];
  return parts.reduce((sum, part) => sum + (part?.forwardTokens ?? 0), 0);
}
