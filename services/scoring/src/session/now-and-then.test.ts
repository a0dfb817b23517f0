import { expect, it } from '@jest/globals';
import { nowAndThen } from './now-and-then.ts';

it('acts a few times a second at the most, and goes on where the clock is set back', () => {
  let time = 0;
  let acts = 0;
  const act = nowAndThen(
    () => time,
    () => acts++,
  );
  const actsBy = (milliseconds: number): number => {
    time = milliseconds;
    act();
    return acts;
  };
  expect([10_000, 10_249, 10_250, 5_000, 5_249, 5_250].map(actsBy)).toEqual([1, 1, 2, 3, 3, 4]);
});
