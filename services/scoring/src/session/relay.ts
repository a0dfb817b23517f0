/**
 * The values that `produce` emits, in order. The producer never waits for the reader, so that a slow client does not hold
 * up the GPU; what it emits in one run must fit in memory.
 */
export async function* relay<T>(
  produce: (emit: (value: T) => void) => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  const ready: T[] = [];
  const state = { finished: false, wake: (): void => undefined };
  const production = produce((value) => {
    ready.push(value);
    state.wake();
  }).finally(() => {
    state.finished = true;
    state.wake();
  });
  // Thrown below, after the last value; until then it must not count as unhandled.
  production.catch(() => undefined);
  for (;;) {
    yield* ready.splice(0);
    if (ready.length > 0) continue;
    if (state.finished) break;
    await new Promise<void>((resolve) => (state.wake = resolve));
  }
  await production;
}
