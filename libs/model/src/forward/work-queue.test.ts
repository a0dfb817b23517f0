import { describe, expect, it } from '@jest/globals';
import { countingBackend } from '../testing/counting-backend.ts';
import { WorkQueue } from './work-queue.ts';

const A_LOT_OF_FLOPS = 1e15;

describe('WorkQueue', () => {
  it('submits when enough has come together, and what is left at the end', async () => {
    const { backend, submits } = countingBackend();
    const queue = new WorkQueue(backend, undefined);
    await queue.recorded(1);
    expect(submits()).toBe(0);
    await queue.recorded(A_LOT_OF_FLOPS);
    expect(submits()).toBe(1);
    await queue.recorded(1);
    expect(submits()).toBe(1);
    await queue.flush();
    expect(submits()).toBe(2);
  });

  it('submits nothing once its signal aborts, and gives back what was discarded', async () => {
    const controller = new AbortController();
    const { backend, submits } = countingBackend();
    const queue = new WorkQueue(backend, controller.signal);
    await queue.recorded(A_LOT_OF_FLOPS);
    queue.discard(backend.matrix(2, 2));
    controller.abort();
    await expect(queue.recorded(A_LOT_OF_FLOPS)).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    await expect(queue.flush()).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(submits()).toBe(1);
    queue.release();
    expect(backend.memory.used).toBe(0);
  });
});
