import type { BonsaiError } from '@bonsai/support';
import { deviceLost, fromGpuError } from './device-errors.ts';
import { firstOf, type Failure } from './failure.ts';
import { waitForGpu } from './wait.ts';

const FILTERS: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal'];

/** What guarded work returned, and how the GPU took it. */
export interface Guarded<T> {
  readonly value: T;
  readonly failure: Failure;
}

/** Catches every error of the GPU work done under {@link guard}, and keeps apart whose it is. */
export class ErrorScopes {
  readonly #device: GPUDevice;
  readonly #whenOutOfMemory: () => void;
  readonly #waiters = new Set<(error: BonsaiError) => void>();
  #lost: BonsaiError | undefined;

  /** @param whenOutOfMemory called before anybody hears that the driver has no memory left */
  constructor(device: GPUDevice, whenOutOfMemory: () => void) {
    this.#device = device;
    this.#whenOutOfMemory = whenOutOfMemory;
    void device.lost.then((info) => {
      this.#lost = deviceLost(info.message || info.reason || 'unknown reason');
      for (const reject of this.#waiters) reject(this.#lost);
      this.#waiters.clear();
    });
  }

  /** Errors of the GPU arrive later than the call that caused them: whoever needs the work settles its failure. */
  guard<T>(work: () => T): Guarded<T> {
    if (this.#lost !== undefined) throw this.#lost;
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    let value: T;
    let failure: Failure;
    try {
      value = work();
    } finally {
      failure = firstOf([...FILTERS].reverse().map((filter) => this.#pop(filter)));
    }
    return { value, failure };
  }

  /** @throws BonsaiError DEVICE_VALIDATION, DEVICE_OUT_OF_MEMORY or DEVICE_LOST: the first in order */
  async settle(failures: readonly Failure[]): Promise<void> {
    const error = await this.wait(firstOf(failures));
    if (error !== undefined) throw error;
  }

  /** Waits for the GPU, but not for a device that is gone. @throws BonsaiError DEVICE_LOST */
  async wait<T>(pending: Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    let abandon: (error: BonsaiError) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      abandon = reject;
    });
    this.#waiters.add(abandon);
    try {
      return await waitForGpu(Promise.race([pending, lost]));
    } catch (error) {
      throw this.#lossOr(error);
    } finally {
      this.#waiters.delete(abandon);
    }
  }

  /** The loss of the device explains whatever failed with it. */
  #lossOr(error: unknown): unknown {
    return this.#lost ?? error;
  }

  async #pop(filter: GPUErrorFilter): Failure {
    try {
      const error = await this.#device.popErrorScope();
      if (error === null) return undefined;
      if (filter === 'out-of-memory') this.#whenOutOfMemory();
      return fromGpuError(filter, error);
    } catch (error) {
      return deviceLost(String(error));
    }
  }
}
