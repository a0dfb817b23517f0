import type { Backend, GatedWeight, HostCopy, Weight } from '@bonsai/ops';

/**
 * Copies, on the host, of packed weights that come to the device again and again: what is read, widened and packed once
 * is only written afterwards. They leave the host as much memory as they take; what has none is packed again every time.
 */
export class HostCopies {
  readonly #backend: Backend;
  readonly #weights = new Map<string, HostCopy<Weight>>();
  readonly #gatedWeights = new Map<string, HostCopy<GatedWeight>>();
  readonly #hostMemory: () => number;
  #bytes = 0;

  /** @param hostMemory bytes that this process could take now, beside what it has */
  constructor(backend: Backend, hostMemory: () => number) {
    this.#backend = backend;
    this.#hostMemory = hostMemory;
  }

  /** The weight of the name, from its copy if there is one. @param passing whether it leaves one: it will come again */
  weight(name: string, passing: boolean, pack: () => Promise<Weight>): Promise<Weight> {
    return this.#through(this.#weights, name, passing, pack, (weight) => this.#backend.copyWeight(weight));
  }

  gatedWeight(name: string, passing: boolean, pack: () => Promise<GatedWeight>): Promise<GatedWeight> {
    return this.#through(this.#gatedWeights, name, passing, pack, (weight) => this.#backend.copyGatedWeight(weight));
  }

  async #through<W extends Weight>(
    copies: Map<string, HostCopy<W>>,
    name: string,
    passing: boolean,
    pack: () => Promise<W>,
    copy: (weight: W) => Promise<HostCopy<W>>,
  ): Promise<W> {
    const known = copies.get(name);
    if (known !== undefined) return known.restore();
    const weight = await pack();
    if (!passing || !this.#hasRoom(weight.byteLength)) return weight;
    try {
      copies.set(name, await copy(weight));
      this.#bytes += weight.byteLength;
      return weight;
    } catch (error) {
      weight.release();
      throw error;
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.#hostMemory() - bytes;
  }
}
