export interface Work {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Least processor seconds of this process per work, by name. */
export type CpuSeconds = ReadonlyMap<string, number>;

/**
 * Runs works in turns, so that whatever else keeps the machine busy meets all of them, after one round that does not count
 * (it compiles kernels). The processor time of this process is what a driver that computes on the CPU takes.
 */
export async function interleavedTimes(works: readonly Work[], rounds: number): Promise<CpuSeconds> {
  const least = new Map<string, number>();
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of works) {
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, (user + system) / 1e6));
    }
  }
  return least;
}
