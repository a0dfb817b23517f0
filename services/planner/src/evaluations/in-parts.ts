/** At most `count` parts of nearly equal length, none of them empty; in order, they are the items. */
export function inParts<T>(items: readonly T[], count: number): T[][] {
  const parts = Math.min(count, items.length);
  const start = (part: number): number => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(start(part), start(part + 1)));
}

/**
 * Works on all parts at the same time. The first failure stops the work on the others and is thrown once that has ended.
 * @param work stops when its signal aborts
 */
export async function onAllParts<T>(
  parts: readonly T[],
  signal: AbortSignal,
  work: (part: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const running = parts.map((part) => work(part, stop));
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}
