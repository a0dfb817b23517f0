import { describe, expect, it } from '@jest/globals';
import { maskLosses, meanKl, meanNll } from './window-loss.ts';

/** Of one mask, on windows of 2 and of 6 predicted tokens. */
const windows = [
  { nllSum: 4, klSum: 1, tokenCount: 2 },
  { nllSum: 6, klSum: 9, tokenCount: 6 },
];

describe('losses of masks', () => {
  it('are means over tokens, of all windows together and of each', () => {
    expect(maskLosses([windows, windows.slice(0, 1)])).toEqual({ losses: [1.25, 2], byWindow: [[2, 1], [2]] });
    expect(maskLosses([windows], meanNll)).toEqual({ losses: [1.25], byWindow: [[2, 1]] });
  });

  it('are divergences where those are the metric', () => {
    expect(maskLosses([windows], meanKl)).toEqual({ losses: [1.25], byWindow: [[0.5, 1.5]] });
  });

  it('are not finite where a window is not', () => {
    const broken = [...windows, { nllSum: Infinity, tokenCount: 2 }];
    expect(maskLosses([broken])).toEqual({ losses: [Infinity], byWindow: [[2, 1, Infinity]] });
    expect(maskLosses([windows.map(({ nllSum, tokenCount }) => ({ nllSum, tokenCount }))], meanKl).losses).toEqual([
      NaN,
    ]);
  });
});
