import type { Backend, HostCopy, Weight } from '@bonsai/ops';

/**
 * Copies, on the host, of packed weights that come to the device again and again: what is read, widened and packed once
 * is only written afterwards. They leave the host as much memory as they take; what has none is packed again every time.
 */
export class HostCopies {
  readonly #backend: Backend;
  readonly #copies = new Map<string, HostCopy<Weight>>();
  readonly #hostMemory: () => number;
  #bytes = 0;

  /** @param hostMemory bytes that this process could take now, beside what it has */
  constructor(backend: Backend, hostMemory: () => number) {
    this.#backend = backend;
    this.#hostMemory = hostMemory;
  }

  /**
   * The weight of the name, from its copy if there is one.
   * @param passing whether it leaves one: it will come again
   * @param pack packs it, always as the same kind of weight
   */
  async weight<W extends Weight>(name: string, passing: boolean, pack: () => Promise<W>): Promise<W> {
    const known = this.#copies.get(name) as HostCopy<W> | undefined;
    if (known !== undefined) return known.restore();
    const weight = await pack();
    if (!passing || !this.#hasRoom(weight.byteLength)) return weight;
    try {
      this.#copies.set(name, await this.#backend.copyWeight(weight));
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
