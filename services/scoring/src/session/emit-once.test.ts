import { describe, expect, it } from '@jest/globals';
import { emitOnce } from './emit-once.ts';

describe('emitOnce', () => {
  it('emits every value of work that is begun again once', () => {
    const emitted: string[] = [];
    const attempt = emitOnce<string>((value) => emitted.push(value));
    const first = attempt();
    for (const value of ['a', 'b']) first(value);
    const second = attempt();
    for (const value of ['a']) second(value);
    const third = attempt();
    for (const value of ['a', 'b', 'c']) third(value);
    expect(emitted).toEqual(['a', 'b', 'c']);
  });
});
