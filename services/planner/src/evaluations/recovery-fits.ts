import { fitTokens } from '@bonsai/pruning';
import type { Recovery, UnitSet } from '@bonsai/pruning';
import { weightsKey } from './evaluation-key.ts';
import type { EvaluationContext, KeyedRecovery } from './evaluation-key.ts';

/**
 * The recoveries that one run of a job has had fitted. Fits are not asked for: the first request for a recovered model has its
 * scorer make one, and trials leave behind that of what they accepted.
 */
export class RecoveryFits {
  readonly #context: EvaluationContext;
  readonly #windowTokens: readonly number[];
  readonly #made = new Set<string>();

  /** @param windowTokens of every calibration window */
  constructor(context: EvaluationContext, windowTokens: readonly number[]) {
    this.#context = context;
    this.#windowTokens = windowTokens;
  }

  made(cut: UnitSet, recovery: KeyedRecovery): void {
    this.#made.add(weightsKey(this.#context, cut, recovery));
  }

  /** Tokens that a request for the recovered model fits on before it answers; 0 from the second request on. */
  tokensFor(cut: UnitSet, recovery: Recovery, keyed: KeyedRecovery): number {
    if (this.#made.has(weightsKey(this.#context, cut, keyed))) return 0;
    this.made(cut, keyed);
    return fitTokens(this.#windowTokens, recovery);
  }
}
