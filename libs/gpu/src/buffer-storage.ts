import type { Guarded } from './error-scopes.ts';
import type { Failure } from './failure.ts';

/** What the driver gave for a buffer, or was asked for; from the pool it serves one buffer after the other. */
export class BufferStorage {
  readonly handle: GPUBuffer;
  /** Of the driver to give it. */
  readonly failure: Failure;
  #spoiled = false;

  constructor({ value, failure }: Guarded<GPUBuffer>) {
    this.handle = value;
    this.failure = failure;
    void failure.then((error) => {
      if (error !== undefined) this.spoil();
    });
  }

  /** Whether no other buffer may have it. */
  get spoiled(): boolean {
    return this.#spoiled;
  }

  spoil(): void {
    this.#spoiled = true;
  }
}
