/** Shares are stated to so many parts: rounded to the side on which they are possible, so that what a message says can be given. */
const PARTS = 1e6;

/** Of `total`, the largest stated share that is no more than `part`. */
export function mostShare(part: number, total: number): number {
  return Math.floor((part / total) * PARTS) / PARTS;
}

/** Of `total`, the smallest stated share that is no less than `part`. */
export function leastShare(part: number, total: number): number {
  return Math.ceil((part / total) * PARTS) / PARTS;
}
