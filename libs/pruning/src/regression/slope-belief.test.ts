import { describe, expect, it } from '@jest/globals';
import { withDrift } from './slope-belief.ts';

describe('withDrift', () => {
  it('adds the drift to what is uncertain, up to what was never measured, and keeps the slopes', () => {
    const belief = {
      mean: Float64Array.of(3, -2),
      unitSpread: Float64Array.of(0.25, 0.875),
      moduleSpread: Float64Array.of(0.5, 0.75),
    };
    expect(withDrift(belief, 0.25)).toEqual({
      mean: Float64Array.of(3, -2),
      unitSpread: Float64Array.of(0.5, 1),
      moduleSpread: Float64Array.of(0.75, 1),
    });
  });
});
