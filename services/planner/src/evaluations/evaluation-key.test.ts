import { describe, expect, it } from '@jest/globals';
import { lossesKey, statisticsKey } from './evaluation-key.ts';
import type { EvaluationContext } from './evaluation-key.ts';

const context: EvaluationContext = { revision: 'r', precision: 'f32', measurement: 'nll' };
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

  it('do not depend on units of the mask that are already cut, nor on the order of kinds', () => {
    const windows = ['w'];
    expect(lossesKey(context, set(1, 0), set(1, 1), windows)).toBe(lossesKey(context, set(1, 0), set(0, 1), windows));
    expect(statisticsKey(context, set(0), ['obs', 'activation'], windows)).toBe(
      statisticsKey(context, set(0), ['activation', 'obs'], windows),
    );
  });
});
