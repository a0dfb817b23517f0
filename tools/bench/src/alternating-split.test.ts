import { describe, expect, it } from '@jest/globals';
import { alternatingSplit } from './alternating-split.ts';

describe('alternatingSplit', () => {
  it('deals whole lines out in turn', () => {
    const text = 'aaaa\nb\ncccc\ndddd\neeee\n';
    expect(alternatingSplit(text, 5)).toEqual({ calibration: 'aaaa\ndddd\n', evaluation: 'b\ncccc\neeee\n' });
  });

  it('loses nothing and repeats nothing where there are no lines', () => {
    const text = Array.from({ length: 1001 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    const { calibration, evaluation } = alternatingSplit(text, 100);
    expect(calibration.length + evaluation.length).toBe(text.length);
    expect(calibration.startsWith(text.slice(0, 100))).toBe(true);
    expect(evaluation.startsWith(text.slice(100, 200))).toBe(true);
  });
});
