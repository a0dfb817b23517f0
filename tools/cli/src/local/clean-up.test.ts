import { describe, expect, it } from '@jest/globals';
import { CleanUp } from './clean-up.ts';

describe('CleanUp', () => {
  it('undoes the last thing first, once', async () => {
    const done: number[] = [];
    const cleanUp = new CleanUp();
    cleanUp.add(() => void done.push(1));
    cleanUp.add(() => Promise.resolve(void done.push(2)));
    await cleanUp.run();
    await cleanUp.run();
    expect(done).toEqual([2, 1]);
  });

  it('goes on after a failure and reports it', async () => {
    const done: number[] = [];
    const cleanUp = new CleanUp();
    cleanUp.add(() => void done.push(1));
    cleanUp.add(() => Promise.reject(new Error('stuck')));
    await expect(cleanUp.run()).rejects.toThrow('stuck');
    expect(done).toEqual([1]);
  });
});
