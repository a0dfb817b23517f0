import type { UnitSet } from '@bonsai/pruning';
import type { LatencyRuntime } from './latency-runtime.ts';

/** Many turns meet the machine in many moods; many passes in each make up for a model that has to be loaded for it. */
const ROUNDS = 6;
const PASSES_PER_TURN = 6;

/**
 * Times cuts in turns, so that whatever else the machine does meets all of them. Of a cut's passes the lower quartile
 * counts: on two cores at a load average of 9 (sotu-3M, 128 tokens, lavapipe, 32 passes, three times) costs that were fitted to it
 * told times to 0.7, 1.7 and 4.3 %, those fitted to medians to 5 to 8 %, and to the fastest passes, lucky ones, to 7 to 12 %.
 * @param onTurn told how many of all turns are done
 * @returns picoseconds of a pass, one entry per cut
 */
export async function timesInTurns(
  runtime: LatencyRuntime,
  cuts: readonly UnitSet[],
  onTurn: (done: number, total: number) => void,
): Promise<number[]> {
  const seconds = cuts.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, cut] of cuts.entries()) {
      seconds[i]!.push(...(await runtime.time(cut, PASSES_PER_TURN)));
      onTurn(round * cuts.length + i + 1, ROUNDS * cuts.length);
    }
  }
  return seconds.map((ofCut) => Math.round(1e12 * lowerQuartile(ofCut)));
}

function lowerQuartile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? Number.NaN;
}
