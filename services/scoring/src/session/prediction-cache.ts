import { predictionBytes } from '@bonsai/model';
import type { Predictions } from '@bonsai/model';
import { digest } from '@bonsai/support';

/** Host memory for what whole models predict: some 250 windows of 2048 tokens. */
const CAPACITY = 256 * 2 ** 20;

/** What whole models predict on windows that were asked for lately, by content; the least recently used leave first. */
export class PredictionCache {
  readonly #capacity: number;
  /** In order of use, the latest last. */
  readonly #held = new Map<string, Predictions>();
  #bytes = 0;

  /** @param capacity bytes */
  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * Those of every window, held or made.
   * @param model names what predicts
   * @param predict makes those that are missing, in the order of their windows
   */
  async of(
    model: string,
    windows: readonly Uint32Array[],
    predict: (missing: readonly Uint32Array[]) => Promise<readonly Predictions[]>,
  ): Promise<Predictions[]> {
    const keys = windows.map((window) => keyOf(model, window));
    const found = new Map<string, Predictions>();
    const missing = new Map<string, Uint32Array>();
    for (const [i, key] of keys.entries()) {
      const held = this.#held.get(key);
      if (held === undefined) missing.set(key, windows[i] as Uint32Array);
      else found.set(key, held);
    }
    const made = missing.size === 0 ? [] : await predict([...missing.values()]);
    for (const [i, key] of [...missing.keys()].entries()) found.set(key, made[i] as Predictions);
    for (const [key, predictions] of found) this.#use(key, predictions);
    this.#shrink();
    return keys.map((key) => found.get(key) as Predictions);
  }

  /** Whether all windows are held. @param model as in {@link of} */
  holds(model: string, windows: readonly Uint32Array[]): boolean {
    return windows.every((window) => this.#held.has(keyOf(model, window)));
  }

  /** How many of some predictions, from the first on, can be held together. @param bytes of each */
  roomFor(bytes: readonly number[]): number {
    let sum = 0;
    const tooMany = bytes.findIndex((size) => (sum += size) > this.#capacity);
    return tooMany < 0 ? bytes.length : tooMany;
  }

  #use(key: string, predictions: Predictions): void {
    if (!this.#held.delete(key)) this.#bytes += predictionBytes(predictions);
    this.#held.set(key, predictions);
  }

  #shrink(): void {
    for (const [key, predictions] of this.#held) {
      if (this.#bytes <= this.#capacity) return;
      this.#held.delete(key);
      this.#bytes -= predictionBytes(predictions);
    }
  }
}

function keyOf(model: string, { buffer, byteOffset, byteLength }: Uint32Array): string {
  return `${model}/${digest([new Uint8Array(buffer, byteOffset, byteLength)])}`;
}
