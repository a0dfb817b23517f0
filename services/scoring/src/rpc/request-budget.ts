import { BonsaiError } from '@bonsai/support';

/** What an object in memory takes beside its contents, about: many small ones take more than all that is in them. */
const OBJECT_BYTES = 128;

/** Bytes that a request may still add before it is too large to hold. */
export class RequestBudget {
  #left: number;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /**
   * @param bytes that arrived, in so many objects
   * @throws BonsaiError REQUEST_TOO_LARGE
   */
  take(bytes: number, objects: number, field: string): void {
    this.#left -= bytes + objects * OBJECT_BYTES;
    if (this.#left >= 0) return;
    const message = `One request holds at most ${this.#limit} bytes of windows and masks; send the rest in another.`;
    throw new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'REQUEST_TOO_LARGE', field });
  }
}
