import { describe, expect, it } from '@jest/globals';
import { planProto } from '@bonsai/rpc';
import { planForwardTokens } from './plan-tokens.ts';

describe('planForwardTokens', () => {
  it('counts rounds, and whatever else there is', () => {
    const rounds = [{ forwardTokens: 1 }, { forwardTokens: 20 }];
    expect(planForwardTokens(planProto.Plan.fromPartial({ rounds }))).toBe(21);
    const others = {
      recovery: { forwardTokens: 300 },
      priorRace: { forwardTokens: 4000 },
      constraintCosts: { forwardTokens: 50_000 },
    };
    expect(planForwardTokens(planProto.Plan.fromPartial({ rounds, ...others }))).toBe(54_321);
  });
});
