import { describe, expect, it } from '@jest/globals';
import { SerialQueue } from './serial-queue.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SerialQueue', () => {
  it('never runs two tasks at once, and keeps their order', async () => {
    const queue = new SerialQueue(() => 0);
    const events: string[] = [];
    const task = (name: string) => async (): Promise<void> => {
      events.push(`${name} starts`);
      await tick();
      events.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => queue.run(task(name), never)));
    expect(events).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('alternates between requests that queue one task after another', async () => {
    const queue = new SerialQueue(() => 0);
    const order: string[] = [];
    const request = async (name: string): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await queue.run(async () => {
          order.push(name);
          await tick();
        }, never);
      }
    };
    await Promise.all([request('a'), request('b')]);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('goes on after a task that fails', async () => {
    const queue = new SerialQueue(() => 0);
    const failing = queue.run(() => Promise.reject(new Error('out of order')), never);
    const next = queue.run(() => Promise.resolve(2), never);
    await expect(failing).rejects.toThrow('out of order');
    await expect(next).resolves.toBe(2);
  });

  it('lets a waiting task leave at once when its signal aborts, and keeps the others waiting', async () => {
    const queue = new SerialQueue(() => 0);
    let finish = (): void => undefined;
    const events: string[] = [];
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)), never);
    const controller = new AbortController();
    const second = queue.run(() => Promise.resolve(events.push('second')), controller.signal);
    const third = queue.run(() => Promise.resolve(events.push('third')), never);
    const reason = new Error('deadline');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await tick();
    expect(events).toEqual([]);
    finish();
    await Promise.all([first, third]);
    expect(events).toEqual(['third']);
  });

  it('runs nothing for a signal that has aborted already', async () => {
    const run = new SerialQueue(() => 0).run(() => Promise.resolve(), AbortSignal.abort(new Error('gone')));
    await expect(run).rejects.toThrow('gone');
  });

  it('tells those who wait that the others get on, and nobody behind a task that hangs', async () => {
    let time = 0;
    const queue = new SerialQueue(() => (time += 1000));
    const finish: (() => void)[] = [];
    const heard = [0, 0, 0];
    const tasks = [0, 1, 2].map((i) =>
      queue.run(
        () => new Promise<void>((resolve) => finish.push(resolve)),
        never,
        () => heard[i]!++,
      ),
    );
    await tick();
    expect(heard).toEqual([1, 1, 1]);
    queue.tellWaiting();
    expect(heard).toEqual([1, 2, 2]);
    await tick();
    expect(heard).toEqual([1, 2, 2]);
    finish[0]!();
    await tick();
    expect(heard).toEqual([1, 3, 3]);
    finish[1]!();
    await tick();
    expect(heard).toEqual([1, 3, 4]);
    finish[2]!();
    await Promise.all(tasks);
  });

  it('tells those who wait no more than a few times a second', async () => {
    let time = 0;
    const queue = new SerialQueue(() => time);
    let heard = 0;
    let finish = (): void => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)), never);
    await tick();
    const second = queue.run(
      () => Promise.resolve(),
      never,
      () => heard++,
    );
    for (time = 1; time <= 1000; time++) queue.tellWaiting();
    expect(heard).toBe(4);
    finish();
    await Promise.all([first, second]);
  });

  it('tells nobody who has left', async () => {
    let time = 0;
    const queue = new SerialQueue(() => (time += 1000));
    let heard = 0;
    let finish = (): void => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)), never);
    await tick();
    const controller = new AbortController();
    const second = queue.run(
      () => Promise.resolve(),
      controller.signal,
      () => heard++,
    );
    controller.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    queue.tellWaiting();
    expect(heard).toBe(0);
    finish();
    await first;
  });
});
