import type { MaskFit } from '@bonsai/pruning';

/** One pruning job and what it came to. */
export interface MethodRun {
  readonly variant: string;
  readonly seed: number;
  /** Asked for. */
  readonly sparsity: number;
  readonly achievedSparsity: number;
  readonly densePerplexity: number;
  readonly perplexity: number;
  /** Divergence from the whole model on the evaluation text, in nats per token. */
  readonly kl: number;
  /** Of what was asked for, calibration only. */
  readonly forwardTokens: number;
  /** Of the whole command; undefined where it took up what an interrupted one had left. */
  readonly seconds: number | undefined;
  readonly gpuMemoryPeakBytes: number;
  /** Of the last round; absent where the method fits nothing. */
  readonly looR2: number | undefined;
  readonly kendallTau: number | undefined;
  /** Per round, in nats per token over the model that enters the round. */
  readonly maskFits: readonly (readonly MaskFit[])[];
}

export type RunKey = Pick<MethodRun, 'variant' | 'seed' | 'sparsity'>;

export function isRunOf(key: RunKey): (run: MethodRun) => boolean {
  return ({ variant, seed, sparsity }) => variant === key.variant && seed === key.seed && sparsity === key.sparsity;
}
