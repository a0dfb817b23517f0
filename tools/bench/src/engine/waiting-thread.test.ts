import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitingThreadShare } from './waiting-thread.ts';

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('waitingThreadShare', () => {
  it('tells a thread that computes from one that sleeps, where threads are counted', async () => {
    const busy = await waitingThreadShare(() => Promise.resolve().then(() => compute(300)));
    const asleep = await waitingThreadShare(() => sleep(300));
    expect(typeof busy).toBe(process.platform === 'linux' ? 'number' : 'undefined');
    expect(busy ?? 1).toBeGreaterThan(asleep ?? 0);
  });
});
