import { describe, expect, it } from '@jest/globals';
import { processorSeconds, waitingThreadShare } from './waiting-thread.ts';

describe('processorSeconds', () => {
  it('adds user and system time, whatever the thread is called', () => {
    const stat = '4711 (a (name) of 9 words) S 1 4711 4711 0 -1 4194560 5000 0 12 0 150 25 7 8 20 0 11 0 12345 1 2 3';
    expect(processorSeconds(stat)).toBe(1.75);
  });
});

describe('waitingThreadShare', () => {
  it('runs the work once and tells a share where threads are counted', async () => {
    let runs = 0;
    const share = await waitingThreadShare(() => Promise.resolve(runs++).then(() => undefined));
    expect(runs).toBe(1);
    expect(typeof share).toBe(process.platform === 'linux' ? 'number' : 'undefined');
  });
});
