import { describe, expect, it } from '@jest/globals';
import type { Recorder, RowRange } from '@bonsai/ops';
import { countingBackend } from '../testing/counting-backend.ts';
import { WorkQueue } from './work-queue.ts';

const A_LOT_OF_FLOPS = 1e15;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Ends when it is told to. */
const end = (ends: (() => void)[]): Promise<void> => new Promise((resolve) => ends.push(resolve));

/** Submits a portion, and begins another. */
async function submitOne(queue: WorkQueue): Promise<void> {
  await queue.announced(A_LOT_OF_FLOPS);
  await queue.announced(A_LOT_OF_FLOPS);
}

describe('WorkQueue', () => {
  it('submits what is recorded before what does not fit into its portion, and nothing where nothing is', async () => {
    const { backend, submits } = countingBackend();
    const queue = new WorkQueue(backend, {});
    await queue.announced(A_LOT_OF_FLOPS);
    expect(submits()).toBe(0);
    await queue.announced(1);
    expect(submits()).toBe(1);
    await queue.announced(1);
    expect(submits()).toBe(1);
    await queue.announced(A_LOT_OF_FLOPS);
    expect(submits()).toBe(2);
    await queue.flush();
    expect(submits()).toBe(3);
  });

  it.each([
    [1, [700]],
    [5e10 / 600, [512, 188]],
    [A_LOT_OF_FLOPS, [256, 256, 188]],
  ])('records 700 rows of %d operations in portions', async (flopsPerRow, counts) => {
    const { backend, submits } = countingBackend();
    const queue = new WorkQueue(backend, {});
    const ranges: RowRange[] = [];
    await queue.byRows(700, flopsPerRow, (recorder, range) => {
      expect(recorder).toBe(queue.recorder);
      ranges.push(range);
    });
    expect(ranges.map(({ count }) => count)).toEqual(counts);
    expect(ranges.map(({ first, count }) => first + count)).toEqual([
      ...ranges.slice(1).map(({ first }) => first),
      700,
    ]);
    expect(submits()).toBe(counts.length - 1);
  });

  it('has one portion wait behind the one that runs, and no more', async () => {
    const { backend, submits } = countingBackend();
    const ends: (() => void)[] = [];
    const slow = { ...backend, submit: (recorder: Recorder) => backend.submit(recorder).then(() => end(ends)) };
    const queue = new WorkQueue(slow, {});
    await submitOne(queue);
    let waiting = true;
    const second = queue.announced(A_LOT_OF_FLOPS).then(() => (waiting = false));
    await turn();
    expect([submits(), waiting]).toEqual([2, true]);
    ends[0]?.();
    await second;
    const last = queue.flush();
    await turn();
    expect([submits(), ends.length]).toEqual([3, 3]);
    for (const finish of ends) finish();
    await last;
  });

  it('tells of every portion that the device has finished, and of none that failed', async () => {
    const { backend } = countingBackend((count) => {
      if (count === 3) throw new Error('the last');
    });
    let told = 0;
    const queue = new WorkQueue(backend, { getsOn: () => told++ });
    await submitOne(queue);
    await queue.flush();
    expect(told).toBe(2);
    await expect(queue.flush()).rejects.toThrow('the last');
    expect(told).toBe(2);
  });

  it('throws what an earlier portion threw, when nothing runs any more', async () => {
    const { backend } = countingBackend((count) => {
      if (count === 1) throw new Error('the first');
    });
    const queue = new WorkQueue(backend, {});
    await expect(submitOne(queue).then(() => queue.flush())).rejects.toThrow('the first');
  });

  it('forgets what is recorded when it is released', async () => {
    const { backend } = countingBackend();
    const queue = new WorkQueue(backend, {});
    const sums = backend.matrix(3, 1);
    queue.recorder.columnSums(sums, backend.matrix(1, 1, Float32Array.of(1)), 1);
    await queue.release();
    await queue.flush();
    expect([...(await backend.read(sums))]).toEqual([0, 0, 0]);
  });

  it('submits nothing once its signal aborts, and gives back what was discarded', async () => {
    const controller = new AbortController();
    const { backend, submits } = countingBackend();
    const queue = new WorkQueue(backend, { signal: controller.signal });
    await submitOne(queue);
    queue.discard(backend.matrix(2, 2));
    controller.abort();
    await expect(queue.announced(A_LOT_OF_FLOPS)).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    await expect(queue.flush()).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(submits()).toBe(1);
    await queue.release();
    expect(backend.memory.used).toBe(0);
  });
});
