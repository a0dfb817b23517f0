import { describe, expect, it } from '@jest/globals';
import { overlapped } from './overlapped.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Works that end in an order of their own, and what was going on at most. */
function watched(): { readonly run: (work: number, lane: string) => Promise<string>; readonly most: () => number } {
  const busy = new Set<string>();
  let most = 0;
  return {
    most: () => most,
    async run(work, lane) {
      expect(busy.has(lane)).toBe(false);
      busy.add(lane);
      most = Math.max(most, busy.size);
      for (let i = 0; i <= (work * 7) % 5; i++) await turn();
      busy.delete(lane);
      if (work === 13) throw new Error('thirteen');
      return `${work}`;
    },
  };
}

const works = [3, 1, 4, 1, 5, 9, 2, 6];

describe('overlapped', () => {
  it.each([1, 2, 3, 20])('yields results in the order of the works, with %i lanes', async (count) => {
    const { run, most } = watched();
    const lanes = Array.from({ length: count }, (_, i) => `lane ${i}`);
    const results: string[] = [];
    for await (const result of overlapped(lanes, works, run)) results.push(result);
    expect(results).toEqual(works.map(String));
    expect(most()).toBe(Math.min(count, works.length));
  });

  it('throws what a work throws in its turn, when nothing runs any more', async () => {
    let running = 0;
    const { run } = watched();
    const counted = async (work: number, lane: string): Promise<string> => {
      running++;
      try {
        return await run(work, lane);
      } finally {
        running--;
      }
    };
    const results = overlapped(['a', 'b'], [1, 13, 4, 2], counted);
    expect((await results.next()).value).toBe('1');
    await expect(results.next()).rejects.toThrow('thirteen');
    expect(running).toBe(0);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('starts nothing more when its consumer leaves', async () => {
    const { run } = watched();
    let started = 0;
    const results = overlapped(['a', 'b'], works, (work, lane) => {
      started++;
      return run(work, lane);
    });
    await results.next();
    await results.return();
    expect(started).toBe(3);
  });
});
