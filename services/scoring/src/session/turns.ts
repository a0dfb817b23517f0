/** One turn on the GPU: some consecutive masks on some consecutive windows. Ends are exclusive. */
export interface Turn {
  readonly masks: { readonly start: number; readonly end: number };
  readonly windows: { readonly start: number; readonly end: number };
}

/**
 * Splits masks x windows into turns of at most `limit` forward tokens (or one window, where that is longer), so that requests
 * can alternate. All windows of a mask stay in one turn where they fit, and masks follow each other in order.
 */
export function* turns(windowLengths: readonly number[], maskCount: number, limit: number): Generator<Turn> {
  const { windowRuns, masksPerTurn } = divide(windowLengths, limit);
  for (let start = 0; start < maskCount; start += masksPerTurn) {
    const masks = { start, end: Math.min(maskCount, start + masksPerTurn) };
    for (const windows of windowRuns) yield { masks, windows };
  }
}

/**
 * Turns that differ in their number of masks or in their windows, without their place in the request: all have as many masks, but
 * for the last, so that it does not matter how many masks there are.
 */
export function distinctTurns(
  windowLengths: readonly number[],
  maskCount: number,
  limit: number,
): { readonly masks: number; readonly lengths: readonly number[] }[] {
  const { windowRuns, masksPerTurn } = divide(windowLengths, limit);
  const runs = new Map<string, readonly number[]>();
  for (const { start, end } of windowRuns) {
    const lengths = windowLengths.slice(start, end);
    runs.set(lengths.join(), lengths);
  }
  const counts = new Set([Math.min(maskCount, masksPerTurn), maskCount % masksPerTurn].filter((masks) => masks > 0));
  return [...counts].flatMap((masks) => [...runs.values()].map((lengths) => ({ masks, lengths })));
}

/** How much of a request goes into a turn; all windows of a mask, where there is only one run of them. */
function divide(
  windowLengths: readonly number[],
  limit: number,
): { readonly windowRuns: readonly Turn['windows'][]; readonly masksPerTurn: number } {
  const windowRuns = [...runsWithin(windowLengths, limit)];
  const tokensPerMask = windowLengths.reduce((sum, length) => sum + length, 0);
  return { windowRuns, masksPerTurn: windowRuns.length > 1 ? 1 : Math.max(1, Math.floor(limit / tokensPerMask)) };
}

function* runsWithin(lengths: readonly number[], limit: number): Generator<Turn['windows']> {
  let start = 0;
  let sum = 0;
  for (const [i, length] of lengths.entries()) {
    if (i > start && sum + length > limit) {
      yield { start, end: i };
      start = i;
      sum = 0;
    }
    sum += length;
  }
  if (lengths.length > start) yield { start, end: lengths.length };
}
