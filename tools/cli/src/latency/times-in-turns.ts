import type { UnitSet } from '@bonsai/pruning';
import type { LatencyRuntime } from './latency-runtime.ts';

const ROUNDS = 5;
const PASSES_PER_TURN = 3;

/**
 * Times cuts in turns, so that whatever else the machine does meets all of them. It only ever adds to what a pass takes: of
 * 15 passes the fastest counts. On two cores with ten processes (sotu-3M, 64 tokens, lavapipe), costs fitted to the fastest
 * told times to 2 to 4 %, those fitted to medians to 7 to 12 %.
 * @param onTurn told how many of all turns are done
 * @returns picoseconds of a pass, one entry per cut
 */
export async function timesInTurns(
  runtime: LatencyRuntime,
  cuts: readonly UnitSet[],
  onTurn: (done: number, total: number) => void,
): Promise<number[]> {
  const fastest = cuts.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, cut] of cuts.entries()) {
      fastest[i] = Math.min(fastest[i] as number, ...(await runtime.time(cut, PASSES_PER_TURN)));
      onTurn(round * cuts.length + i + 1, ROUNDS * cuts.length);
    }
  }
  return fastest.map((seconds) => Math.round(1e12 * seconds));
}
