/** Milliseconds between two signs of life: many a second would say no more, and results may come by the hundred. */
const BETWEEN = 250;

/** Does `act` when it is called, but a few times a second at the most. @param now milliseconds since the epoch */
export function nowAndThen(now: () => number, act: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    // A clock that was set back must not silence anybody.
    if (Math.abs(time - last) < BETWEEN) return;
    last = time;
    act();
  };
}
