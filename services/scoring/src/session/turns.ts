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
  const windowRuns = [...runsWithin(windowLengths, limit)];
  const tokensPerMask = windowLengths.reduce((sum, length) => sum + length, 0);
  const masksPerTurn = windowRuns.length > 1 ? 1 : Math.max(1, Math.floor(limit / tokensPerMask));
  for (let start = 0; start < maskCount; start += masksPerTurn) {
    const masks = { start, end: Math.min(maskCount, start + masksPerTurn) };
    for (const windows of windowRuns) yield { masks, windows };
  }
}

/** Turns that differ in their number of masks or in their windows, without their place in the request. */
export function distinctTurns(
  windowLengths: readonly number[],
  maskCount: number,
  limit: number,
): { readonly masks: number; readonly lengths: readonly number[] }[] {
  const found = new Map<string, { masks: number; lengths: readonly number[] }>();
  for (const { masks, windows } of turns(windowLengths, maskCount, limit)) {
    const turn = { masks: masks.end - masks.start, lengths: windowLengths.slice(windows.start, windows.end) };
    found.set(JSON.stringify(turn), turn);
  }
  return [...found.values()];
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
