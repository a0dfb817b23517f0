import type { BonsaiError } from '@bonsai/support';
import { deviceLost, fromGpuError } from './device-errors.ts';
import { waitForGpu } from './wait.ts';

const FILTERS: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal'];

/**
 * Catches every error of the GPU work done under {@link guard}. Errors arrive later than the call that caused them:
 * they are thrown by the next {@link settle}, the first one first.
 */
export class ErrorScopes {
  readonly #device: GPUDevice;
  readonly #waiters = new Set<(error: BonsaiError) => void>();
  #pending: Promise<BonsaiError | undefined>[] = [];
  #lost: BonsaiError | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    void device.lost.then((info) => {
      this.#lost = deviceLost(info.message || info.reason || 'unknown reason');
      for (const reject of this.#waiters) reject(this.#lost);
      this.#waiters.clear();
    });
  }

  guard<T>(work: () => T): T {
    if (this.#lost !== undefined) throw this.#lost;
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      for (const filter of [...FILTERS].reverse()) this.#pending.push(this.#pop(filter));
    }
  }

  /** @throws BonsaiError DEVICE_VALIDATION, DEVICE_OUT_OF_MEMORY or DEVICE_LOST for work guarded so far */
  async settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const errors = await this.wait(Promise.all(pending));
    const first = errors.find((error) => error !== undefined);
    if (first !== undefined) throw first;
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

  async #pop(filter: GPUErrorFilter): Promise<BonsaiError | undefined> {
    try {
      const error = await this.#device.popErrorScope();
      return error === null ? undefined : fromGpuError(filter, error);
    } catch (error) {
      return deviceLost(String(error));
    }
  }
}
