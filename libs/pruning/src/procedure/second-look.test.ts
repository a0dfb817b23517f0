import { describe, expect, it } from '@jest/globals';
import { winnerOf } from './second-look.ts';

const cut = Uint8Array.of(0, 0, 0, 0);
const masks = [Uint8Array.of(1, 0, 0, 0), Uint8Array.of(0, 1, 0, 0), Uint8Array.of(0, 0, 1, 0)];

/** Position of the winner: 0 is the holder. @param losses of every mask on every window */
function winner(losses: readonly (readonly number[])[], allowances: readonly number[] = []): number {
  const [holder, ...challengers] = losses.map((_, i) => ({ mask: masks[i]!, allowance: allowances[i] ?? 0 }));
  const windows = losses[0]!.map((_, window) => 10 + window);
  const contest = winnerOf({ cut, holder: holder!, challengers, windows });
  expect(contest.next().value).toMatchObject({ kind: 'losses', cut, windows, masks: masks.slice(0, losses.length) });
  const { done, value } = contest.next({ kind: 'losses', losses: losses.map(() => NaN), byWindow: losses });
  expect(done).toBe(true);
  return masks.indexOf(value as (typeof masks)[number]);
}

describe('the second look at the best masks', () => {
  it('keeps the holder where the difference is within half its standard error', () => {
    // Differences -3, 1: mean -1, standard error 2.
    expect(
      winner([
        [5, 5],
        [2, 6],
      ]),
    ).toBe(0);
  });

  it('lets a challenger win that is better by more than that', () => {
    // Differences -3, -1: mean -2, standard error 1.
    expect(
      winner([
        [5, 5],
        [2, 4],
      ]),
    ).toBe(1);
  });

  it('does not mind how windows differ, only how masks do', () => {
    expect(
      winner([
        [1, 100],
        [0.9, 99.85],
      ]),
    ).toBe(1);
  });

  it('takes the best of several that are shown to be better', () => {
    const holder = [5, 5];
    const better = [4, 4.5];
    expect(winner([holder, better, [3, 4]])).toBe(2);
    expect(winner([holder, [3, 4], better])).toBe(1);
    // Better on average, but not shown to be.
    expect(winner([holder, better, [0, 8]])).toBe(1);
  });

  it('takes a single window at its word', () => {
    expect(winner([[5], [4.99]])).toBe(1);
    expect(winner([[5], [5]])).toBe(0);
  });

  it('takes a metric at its word that only judges windows together', () => {
    const challengers = masks.slice(1).map((mask) => ({ mask, allowance: 0 }));
    const winnerBy = (losses: readonly number[]): unknown => {
      const contest = winnerOf({ cut, holder: { mask: masks[0]!, allowance: 0 }, challengers, windows: [3, 4] });
      expect(contest.next().value).toMatchObject({ kind: 'losses', windows: [3, 4] });
      return contest.next({ kind: 'losses', losses }).value;
    };
    expect(winnerBy([5, 4.99, 6])).toBe(masks[1]);
    expect(winnerBy([5, 5, 6])).toBe(masks[0]);
  });

  it('compares what is left of losses after allowances', () => {
    const losses = [
      [5, 5],
      [5.2, 5.2],
    ];
    expect(winner(losses, [0, 0.3])).toBe(1);
    expect(winner(losses, [0, 0.1])).toBe(0);
  });

  it('prefers any finite loss to none, and the holder where neither has one', () => {
    expect(winner([[NaN], [1e6]])).toBe(1);
    expect(winner([[1e6], [Infinity]])).toBe(0);
    expect(winner([[Infinity], [NaN]])).toBe(0);
  });
});
