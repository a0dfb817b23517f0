import type { WindowLoss } from '@bonsai/pruning';
import type { ChoiceSpan } from './choice-spans.ts';

/**
 * Windows whose losses give those of spans. What precedes a span is a window of its own, once for all choices of a question:
 * a token's NLL does not depend on what follows, so that the span's is the difference of two windows.
 */
export class SpanWindows {
  readonly windows: Uint32Array[] = [];
  readonly #indices = new Map<string, number>();
  readonly #spans: { readonly whole: number | undefined; readonly before: number | undefined }[];

  constructor(spans: readonly ChoiceSpan[]) {
    this.#spans = spans.map(({ tokenIds, start }) => ({
      whole: this.#windowOf(tokenIds),
      before: this.#windowOf(tokenIds.subarray(0, start)),
    }));
  }

  /** Log-likelihood in nats of each span, given what precedes it. */
  logLikelihoods(losses: readonly WindowLoss[]): number[] {
    const nll = (index: number | undefined): number => (index === undefined ? 0 : (losses[index]?.nllSum ?? NaN));
    return this.#spans.map(({ whole, before }) => nll(before) - nll(whole));
  }

  /** Undefined where there is nothing to predict. */
  #windowOf(tokenIds: Uint32Array): number | undefined {
    if (tokenIds.length < 2) return undefined;
    const key = tokenIds.join();
    const index = this.#indices.get(key) ?? this.windows.push(tokenIds) - 1;
    this.#indices.set(key, index);
    return index;
  }
}
