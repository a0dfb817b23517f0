import { throwIfCancelled } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import { Holdings } from '../holdings.ts';
import type { LayerWeights } from './device-weights.ts';

/** Puts a layer's weights on the device. @param passing whether it will leave again and come back */
export type LoadLayer = (layer: number, holdings: Holdings, passing: boolean) => Promise<LayerWeights>;

/** A layer that is on the device. */
export interface PresentLayer {
  readonly weights: LayerWeights;
  /** Whether it makes room for another one; then {@link leave} is due as soon as nothing that runs needs it. */
  readonly passing: boolean;
  leave(): void;
}

/** The layers of a pass. */
export interface Layers {
  readonly count: number;
  /** A layer of a pass that goes on, in order, to the layer before `end`. @throws whatever loading throws */
  acquire(layer: number, end: number): Promise<PresentLayer>;
  /** To call after a pass: what is still on its way arrives and leaves. Only layers that stay are on the device then. */
  settle(): Promise<void>;
}

/** Layers that are on the device whatever happens. */
export function fixedLayers(layers: readonly LayerWeights[]): Layers {
  return {
    count: layers.length,
    acquire(layer) {
      const weights = layers[layer];
      if (weights === undefined) return Promise.reject(new RangeError(`no layer ${layer}`));
      return Promise.resolve({ weights, passing: false, leave: () => undefined });
    },
    settle: () => Promise.resolve(),
  };
}

interface ArrivedLayer {
  readonly weights: LayerWeights;
  readonly holdings: Holdings;
}

/**
 * Gives a pass its layers one after the other. Some stay on the device; the others take turns in the room of two: while
 * one is computed with, the next one comes.
 */
export class LayerSource implements Layers {
  readonly count: number;
  readonly #load: LoadLayer;
  readonly #present = new Map<number, ArrivedLayer>();
  #staying: ReadonlySet<number> = new Set();
  #coming: { readonly layer: number; readonly arrival: Promise<ArrivedLayer> } | undefined;

  constructor(count: number, load: LoadLayer) {
    this.count = count;
    this.#load = load;
  }

  /** What is on the device, by layer. */
  get present(): ReadonlyMap<number, { readonly weights: LayerWeights }> {
    return this.#present;
  }

  /**
   * Says which layers stay from now on, while no pass is under way.
   * @throws BonsaiError CANCELLED between two layers, and whatever loading throws; what has come until then is there
   */
  async arrange(staying: ReadonlySet<number>, { signal, getsOn }: Caller): Promise<void> {
    this.#staying = staying;
    for (const layer of [...this.#present.keys()]) if (!staying.has(layer)) this.#leave(layer);
    for (const layer of staying) {
      throwIfCancelled(signal);
      if (this.#present.has(layer)) continue;
      this.#present.set(layer, await this.#arrival(layer));
      getsOn?.();
    }
  }

  async acquire(layer: number, end: number): Promise<PresentLayer> {
    const { weights } = this.#present.get(layer) ?? (await this.#arrived(layer));
    this.#expectNext(layer, end);
    const passing = !this.#staying.has(layer);
    return { weights, passing, leave: () => this.#leave(layer) };
  }

  async settle(): Promise<void> {
    const coming = this.#coming;
    this.#coming = undefined;
    const arrived = await coming?.arrival.catch(() => undefined);
    arrived?.holdings.release();
    for (const layer of [...this.#present.keys()]) if (!this.#staying.has(layer)) this.#leave(layer);
  }

  /** Ends it all; no pass may be under way. */
  release(): void {
    for (const layer of [...this.#present.keys()]) this.#leave(layer);
  }

  async #arrived(layer: number): Promise<ArrivedLayer> {
    const { arrival } = this.#coming?.layer === layer ? this.#coming : this.#expect(layer);
    const arrived = await arrival;
    this.#coming = undefined;
    this.#present.set(layer, arrived);
    return arrived;
  }

  /** There is room for one passing layer beside the one that is used. */
  #expectNext(layer: number, end: number): void {
    if (this.#coming !== undefined) return;
    for (let next = layer + 1; next < end; next++) {
      if (this.#present.has(next)) continue;
      this.#expect(next);
      return;
    }
  }

  #expect(layer: number): { readonly arrival: Promise<ArrivedLayer> } {
    const coming = { layer, arrival: this.#arrival(layer) };
    // Thrown when the layer is asked for; until then it must not count as unhandled.
    coming.arrival.catch(() => undefined);
    this.#coming = coming;
    return coming;
  }

  async #arrival(layer: number): Promise<ArrivedLayer> {
    const holdings = new Holdings();
    try {
      return { weights: await this.#load(layer, holdings, !this.#staying.has(layer)), holdings };
    } catch (error) {
      holdings.release();
      throw error;
    }
  }

  #leave(layer: number): void {
    this.#present.get(layer)?.holdings.release();
    this.#present.delete(layer);
  }
}
