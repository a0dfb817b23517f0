import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

/** Work that lasts until it is released. */
function held(): { work: () => Promise<void>; release: () => void; started: () => boolean } {
  let release = (): void => undefined;
  let hasStarted = false;
  const released = new Promise<void>((resolve) => (release = resolve));
  const work = (): Promise<void> => {
    hasStarted = true;
    return released;
  };
  return { work, release, started: () => hasStarted };
}

describe('Slots', () => {
  it('starts work in order, no more at a time than there are slots', async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    let atOnce = 0;
    let most = 0;
    const work = async (index: number): Promise<void> => {
      order.push(index);
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
    };
    await Promise.all([0, 1, 2, 3, 4].map((index) => slots.run(never, () => work(index))));
    expect({ order, most }).toEqual({ order: [0, 1, 2, 3, 4], most: 2 });
  });

  it('lets work give up waiting, and its place goes to the next', async () => {
    const slots = new Slots(1);
    const [first, second, third] = [held(), held(), held()];
    const controller = new AbortController();
    const firstRun = slots.run(never, first.work);
    const secondRun = slots.run(controller.signal, second.work);
    const thirdRun = slots.run(never, third.work);
    controller.abort();
    await expect(secondRun).rejects.toMatchObject({ reason: 'CANCELLED' });
    first.release();
    third.release();
    await Promise.all([firstRun, thirdRun]);
    expect(second.started()).toBe(false);
  });

  it('leaves nobody out when work that had to wait is stopped once it runs', async () => {
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const slots = new Slots(1);
    const [first, second, third] = [held(), held(), held()];
    const controller = new AbortController();
    void slots.run(never, first.work);
    void slots.run(controller.signal, second.work);
    void slots.run(never, third.work);
    first.release();
    await turn();
    expect(second.started()).toBe(true);
    controller.abort();
    second.release();
    await turn();
    expect(third.started()).toBe(true);
  });

  it('frees the slot of work that fails', async () => {
    const slots = new Slots(1);
    await expect(slots.run(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.run(never, () => Promise.resolve(1))).resolves.toBe(1);
  });
});
