import { describe, expect, it } from '@jest/globals';
import { alternatingSplit, thinned } from './alternating-split.ts';

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

describe('thinned', () => {
  it('takes whole blocks from all over a long text, and a short one as it is', () => {
    const text = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(50)}\n`).join('');
    const thin = thinned(text, text.length / 10, 40);
    expect(
      thin
        .split('\n')
        .map((line) => Number.parseInt(line))
        .slice(0, -1),
    ).toEqual([5, 15, 25, 35, 45, 55, 65, 75, 85, 95]);
    expect(thinned(text, text.length, 40)).toBe(text);
  });
});
