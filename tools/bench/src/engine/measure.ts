import { runInTurns } from '../run-in-turns.ts';
import type { Times, Work as TimedWork } from '../run-in-turns.ts';

/** Something that can be run again and again. */
export interface Work extends TimedWork {
  /** Floating-point operations of one run. */
  readonly flops: number;
}

export type Measurement = Pick<Work, 'name' | 'flops'> & Times;

export async function measureInTurns(works: readonly Work[], rounds: number): Promise<Measurement[]> {
  const times = await runInTurns(works, rounds);
  return works.map(({ name, flops }, i) => ({ name, flops, ...times[i]! }));
}
