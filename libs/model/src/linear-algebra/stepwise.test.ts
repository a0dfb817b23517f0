import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { atOnce, inTurns } from './stepwise.ts';
import type { Stepwise } from './stepwise.ts';

/** Counts its steps, each as long as many turns of the event loop should be. */
function* heavy(steps: number, done: (step: number) => void = () => undefined): Stepwise<number> {
  for (let step = 1; step <= steps; step++) {
    done(step);
    yield 1e9;
  }
  return steps;
}

describe('stepwise work', () => {
  it('gives the same at once and in turns', async () => {
    expect(atOnce(heavy(7))).toBe(7);
    expect(await inTurns(heavy(7), undefined)).toBe(7);
  });

  it('lets others have their turn', async () => {
    let steps = 0;
    const seen: number[] = [];
    const others = (): void => {
      seen.push(steps);
      if (seen.length < 5) setImmediate(others);
    };
    setImmediate(others);
    await inTurns(
      heavy(7, (step) => (steps = step)),
      undefined,
    );
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends at the step in which it is cancelled, with the reason given', async () => {
    const controller = new AbortController();
    const late = new BonsaiError('too late', { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    let steps = 0;
    const work = heavy(7, (step) => {
      steps = step;
      if (step === 3) controller.abort(late);
    });
    await expect(inTurns(work, controller.signal)).rejects.toBe(late);
    expect(steps).toBe(3);
  });
});
