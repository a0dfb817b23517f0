import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distinctTurns, turns } from './turns.ts';

describe('turns', () => {
  it('fill each turn with whole masks', () => {
    expect([...turns([10, 10], 5, 45)]).toEqual([
      { masks: { start: 0, end: 2 }, windows: { start: 0, end: 2 } },
      { masks: { start: 2, end: 4 }, windows: { start: 0, end: 2 } },
      { masks: { start: 4, end: 5 }, windows: { start: 0, end: 2 } },
    ]);
  });

  it('split the windows of a mask that fills a turn alone', () => {
    expect(
      [...turns([10, 10, 10], 2, 25)].map(({ masks, windows }) => [masks.start, windows.start, windows.end]),
    ).toEqual([
      [0, 0, 2],
      [0, 2, 3],
      [1, 0, 2],
      [1, 2, 3],
    ]);
  });

  it('cover every mask and window once, in order, within the limit where one window allows it', () => {
    const lengths = fc.array(fc.integer({ min: 2, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 300 }),
        (windows, masks, limit) => {
          const visited: string[] = [];
          for (const turn of turns(windows, masks, limit)) {
            const inTurn = windows.slice(turn.windows.start, turn.windows.end);
            const tokens = (turn.masks.end - turn.masks.start) * inTurn.reduce((sum, length) => sum + length, 0);
            const single = turn.masks.end - turn.masks.start === 1 && inTurn.length === 1;
            expect(tokens <= limit || single).toBe(true);
            for (let mask = turn.masks.start; mask < turn.masks.end; mask++) {
              for (let window = turn.windows.start; window < turn.windows.end; window++)
                visited.push(`${mask}/${window}`);
            }
          }
          expect(visited).toEqual(Array.from({ length: masks }, (_, m) => windows.map((__, w) => `${m}/${w}`)).flat());
        },
      ),
    );
  });
});

describe('distinct turns', () => {
  it('are those that are met on the way through all turns', () => {
    const lengths = fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 8 });
    const most = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(lengths, most, most, (windows, masks, limit) => {
        const met = new Map<string, object>();
        for (const turn of turns(windows, masks, limit)) {
          const { start, end } = turn.windows;
          const distinct = { masks: turn.masks.end - turn.masks.start, lengths: windows.slice(start, end) };
          met.set(JSON.stringify(distinct), distinct);
        }
        expect(distinctTurns(windows, masks, limit)).toEqual([...met.values()]);
      }),
    );
  });

  it('are found without a way through all turns', () => {
    expect(distinctTurns([10, 10], 2 ** 32 - 1, 45)).toEqual([
      { masks: 2, lengths: [10, 10] },
      { masks: 1, lengths: [10, 10] },
    ]);
  });
});
