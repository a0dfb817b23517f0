import type { Backend, GatedWeight, HostCopy, Weight } from '@bonsai/ops';

/**
 * Copies, on the host, of packed weights that come to the device again and again: what is read, widened and packed once
 * is only written afterwards. There are no more of them than fit; the others are packed again every time.
 */
export class HostCopies {
  readonly #backend: Backend;
  readonly #weights = new Map<string, HostCopy<Weight>>();
  readonly #gatedWeights = new Map<string, HostCopy<GatedWeight>>();
  #bytesLeft: number;

  /** @param capacity bytes of host memory */
  constructor(backend: Backend, capacity: number) {
    this.#backend = backend;
    this.#bytesLeft = capacity;
  }

  /** The weight of the name, from its copy if there is one. */
  weight(name: string, pack: () => Promise<Weight>): Promise<Weight> {
    return this.#through(this.#weights, name, pack, (weight) => this.#backend.copyWeight(weight));
  }

  gatedWeight(name: string, pack: () => Promise<GatedWeight>): Promise<GatedWeight> {
    return this.#through(this.#gatedWeights, name, pack, (weight) => this.#backend.copyGatedWeight(weight));
  }

  async #through<W extends Weight>(
    copies: Map<string, HostCopy<W>>,
    name: string,
    pack: () => Promise<W>,
    copy: (weight: W) => Promise<HostCopy<W>>,
  ): Promise<W> {
    const known = copies.get(name);
    if (known !== undefined) return known.restore();
    const weight = await pack();
    if (weight.byteLength > this.#bytesLeft) return weight;
    try {
      copies.set(name, await copy(weight));
      this.#bytesLeft -= weight.byteLength;
      return weight;
    } catch (error) {
      weight.release();
      throw error;
    }
  }
}
