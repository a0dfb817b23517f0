import { BonsaiError } from '@bonsai/support';

/** Bytes that a request may still add before it is too large to hold. */
export class RequestBudget {
  #left: number;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** @throws BonsaiError REQUEST_TOO_LARGE */
  take(bytes: number, field: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const message = `One request holds at most ${this.#limit} bytes of windows and masks; send the rest in another.`;
    throw new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'REQUEST_TOO_LARGE', field });
  }
}
