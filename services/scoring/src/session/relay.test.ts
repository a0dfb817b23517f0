import { describe, expect, it } from '@jest/globals';
import { collect } from '../testing/scoring-fixture.ts';
import { relay } from './relay.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('relay', () => {
  it('hands values on as they come', async () => {
    let proceed = (): void => undefined;
    const values = relay<number>(async (emit) => {
      emit(1);
      await new Promise<void>((resolve) => (proceed = resolve));
      emit(2);
    });
    expect(await values.next()).toEqual({ done: false, value: 1 });
    proceed();
    expect(await collect(values)).toEqual([2]);
  });

  it('does not make the producer wait for the reader', async () => {
    let finished = false;
    const values = relay<number>(async (emit) => {
      for (let i = 0; i < 100; i++) {
        emit(i);
        await tick();
      }
      finished = true;
    });
    expect((await values.next()).value).toBe(0);
    for (let i = 0; i < 200; i++) await tick();
    expect(finished).toBe(true);
    expect(await collect(values)).toHaveLength(99);
  });

  it('throws what the producer throws, after its values', async () => {
    const values = relay<number>((emit) => {
      emit(1);
      return Promise.reject(new Error('lost'));
    });
    expect((await values.next()).value).toBe(1);
    await expect(values.next()).rejects.toThrow('lost');
  });
});
