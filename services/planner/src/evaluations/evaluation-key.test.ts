import { describe, expect, it } from '@jest/globals';
import { lossesKey, statisticsKey, trialsKey, weightsKey } from './evaluation-key.ts';
import type { EvaluationContext, KeyedRecovery } from './evaluation-key.ts';

const context: EvaluationContext = { revision: 'r', precision: 'f32', measurement: 'nll' };
const recovery: KeyedRecovery = {
  method: 'leastSquares',
  ridge: 0.01,
  modules: [{ layer: 0, kind: 'ffn' }],
  windowDigests: ['w', 'x'],
};
const set = (...bits: number[]): Uint8Array => Uint8Array.from(bits);

describe('evaluation keys', () => {
  it('differ in everything that a result depends on', () => {
    const keys = [
      lossesKey(context, set(1, 0, 0), set(0, 1, 0), ['w', 'x']),
      lossesKey({ ...context, revision: 's' }, set(1, 0, 0), set(0, 1, 0), ['w', 'x']),
      lossesKey({ ...context, precision: 'f16' }, set(1, 0, 0), set(0, 1, 0), ['w', 'x']),
      lossesKey(context, set(0, 0, 0), set(0, 1, 0), ['w', 'x']),
      lossesKey(context, set(1, 0, 0), set(0, 0, 1), ['w', 'x']),
      lossesKey(context, set(1, 0, 0), set(0, 1, 0), ['x', 'w']),
      lossesKey(context, set(1, 0, 0), set(0, 1, 0), ['w']),
      statisticsKey(context, set(1, 0, 0), ['activation'], ['w', 'x']),
      statisticsKey(context, set(1, 0, 0), ['obs'], ['w', 'x']),
      statisticsKey(context, set(1, 0, 0), ['activation'], ['w']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are what stores hold', () => {
    expect(lossesKey(context, set(1, 0, 0), set(0, 1, 0), ['w', 'x'])).toBe(
      'a9926c4f08b9fb46881046e89571dda1ffdbf396933b844b4837c470d1f31727',
    );
    expect(lossesKey(context, set(1, 0, 0), set(0, 1, 0), ['w', 'x'], recovery)).toBe(
      '7e769e7ef2470bdc6b9c71f5430625cd1f65cc909ada195e67d1e59cdbcd7e39',
    );
    expect(statisticsKey(context, set(1, 0, 0), ['obs', 'activation'], ['w', 'x'], recovery)).toBe(
      'dcd17db08a60fd07fc5d702c83ab432f3e0636142a9eadea8923e384ea6a4ac2',
    );
    expect(trialsKey(context, set(1, 0, 0), recovery, ['h'])).toBe(
      'baa8d75b700fee3b72607f677a9378afd957ee898c63831cf9703404e5be6ca6',
    );
    expect(weightsKey(context, set(1, 0, 0), recovery)).toBe(
      'f2dd172d1e1a6a6d861e060f6f2857bf8b9666fd8f6da259869d35eead79f284',
    );
  });

  it('take more windows than a call takes arguments', () => {
    const windowDigests = Array.from({ length: 200_000 }, (_, i) => String(i));
    const many = { ...recovery, windowDigests };
    const cut = set(1, 0, 0);
    const keys = [
      lossesKey(context, cut, cut, windowDigests, many),
      lossesKey(context, cut, cut, windowDigests.slice(1), many),
      statisticsKey(context, cut, ['obs'], windowDigests, many),
      trialsKey(context, cut, many, windowDigests),
      weightsKey(context, cut, many),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('do not depend on units of the mask that are already cut, nor on the order of kinds', () => {
    const windows = ['w'];
    expect(lossesKey(context, set(1, 0), set(1, 1), windows)).toBe(lossesKey(context, set(1, 0), set(0, 1), windows));
    expect(statisticsKey(context, set(0), ['obs', 'activation'], windows)).toBe(
      statisticsKey(context, set(0), ['activation', 'obs'], windows),
    );
  });
});
