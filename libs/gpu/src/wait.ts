/**
 * Waiting for the GPU. While anything is pending, the bindings ask for events on every turn of the event loop, which
 * burns a core (a software adapter loses a third of its speed to it). Sleeping a fraction of a millisecond on every
 * turn gives the core back and costs less than the time of one submit.
 */
const SLEEP_MILLISECONDS = 0.3;

const cell = new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;
let turning = false;

function turn(): void {
  turning = waiting > 0;
  if (!turning) return;
  Atomics.wait(cell, 0, 0, SLEEP_MILLISECONDS);
  setImmediate(turn);
}

/** Resolves as `pending` does, sleeping between polls of the GPU. */
export async function waitForGpu<T>(pending: Promise<T>): Promise<T> {
  waiting++;
  if (!turning) {
    turning = true;
    setImmediate(turn);
  }
  try {
    return await pending;
  } finally {
    waiting--;
  }
}
