import { throwIfCancelled } from '../forward/work-queue.ts';

/** A long calculation that can be left at every step; yields how many multiplications the step took. */
export type Stepwise<T> = Generator<number, T, void>;

/** Multiplications between two turns of the event loop: some 20 ms. */
const MULTIPLICATIONS_PER_TURN = 2e7;

/** At one go, where it is short. */
export function atOnce<T>(work: Stepwise<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Lets the rest of the process have its turn every few steps, so that a service answers other calls meanwhile and
 * learns that this one is cancelled. @throws BonsaiError CANCELLED
 */
export async function inTurns<T>(work: Stepwise<T>, signal?: AbortSignal): Promise<T> {
  let multiplications = 0;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    multiplications += step.value;
    if (multiplications < MULTIPLICATIONS_PER_TURN) continue;
    multiplications = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
  }
}
