/**
 * Runs works in their order, as many at once as there are lanes: the device computes one while the host prepares and reads
 * another. A work has its lane for itself. Yields what they return in the same order. When one fails, or nobody wants more,
 * it ends after those that run.
 */
export async function* overlapped<Lane, Work, Result>(
  lanes: readonly Lane[],
  works: readonly Work[],
  run: (work: Work, lane: Lane) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  const start = (from: number, to: number): void => {
    for (const [i, work] of works.slice(from, to).entries()) {
      const result = run(work, lanes[(from + i) % lanes.length] as Lane);
      // Thrown when it is waited for; until then it must not count as unhandled.
      result.catch(() => undefined);
      running.push(result);
    }
  };
  try {
    start(0, lanes.length);
    for (const first of works.keys()) {
      const result = await (running[0] as Promise<Result>);
      void running.shift();
      start(first + lanes.length, first + lanes.length + 1);
      yield result;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
