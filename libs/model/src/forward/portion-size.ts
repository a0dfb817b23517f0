/** A software device needs a second or two for it, a small GPU tens of milliseconds. */
const FIRST_FLOPS = 5e10;

/**
 * Long enough that waiting for a portion and recording the next one take a small part of it, short enough that nobody
 * minds how long a cancellation takes: that is two portions.
 */
const LEAST_MILLISECONDS = 60;
const MOST_MILLISECONDS = 500;

/**
 * How much work one submit holds, in floating-point operations: from what a CPU does in a second to what a large GPU does in
 * a tenth of one are four powers of ten, so it follows what submits take. No bit of a result depends on it.
 */
export class PortionSize {
  #flops = FIRST_FLOPS;

  get flops(): number {
    return this.#flops;
  }

  /** What a portion has taken on the device. Portions that ended before they were full say nothing of longer ones. */
  took(flops: number, milliseconds: number): void {
    if (milliseconds > MOST_MILLISECONDS) this.#flops = Math.max(FIRST_FLOPS / 8, this.#flops / 2);
    else if (milliseconds < LEAST_MILLISECONDS && flops >= this.#flops) this.#flops *= 2;
  }
}
