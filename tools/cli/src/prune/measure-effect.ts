import { meanKl } from '@bonsai/pruning';
import type { WindowLoss } from '@bonsai/pruning';
import { DEFAULT_RETRY_POLICY, askScorer, planCut, planRecovery } from '@bonsai/planner';
import type { Scorer } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import type { PruneOptions } from '../commands/prune.ts';
import { evaluateModel } from '../evaluation/evaluate-model.ts';
import type { EvaluatedModel } from '../evaluation/evaluate-model.ts';
import { perplexity, tokenCount } from '../evaluation/perplexity.ts';
import type { Services } from '../local/with-services.ts';
import type { LocalModel } from '../model/open-model.ts';
import type { ProgressLine } from '../output/progress-line.ts';
import { countsOf } from '../output/progress-meter.ts';

/** Perplexity on held-out text. */
export interface MeasuredEffect {
  readonly before: number;
  readonly after: number;
  /** Divergence from the whole model in nats per token, if it was asked for. */
  readonly kl: number | undefined;
  readonly tokens: number;
}

/** What a plan was made with, and what it is measured on. */
export interface PruningTexts {
  /** Token windows of the calibration. */
  readonly calibration: readonly Uint32Array[];
  readonly heldOut: readonly Uint32Array[];
}

/**
 * What a plan does to the perplexity on held-out text.
 * @throws BonsaiError SCORER_UNAVAILABLE if the scorer stays away, CANCELLED, and what it says
 */
export async function measureEffect(
  { scorer, signal }: Pick<Services, 'signal'> & { readonly scorer: Pick<Scorer, 'evaluate'> },
  model: LocalModel,
  plan: planProto.Plan,
  { calibration, heldOut }: PruningTexts,
  options: Pick<PruneOptions, 'precision' | 'evalKl'>,
  progress: ProgressLine,
): Promise<MeasuredEffect> {
  const { units, cut } = planCut(plan);
  const measurement = options.evalKl ? 'kl' : 'nll';
  const evaluated: EvaluatedModel = { model, units, precision: options.precision ?? 'auto', measurement };
  const measure = (what: string, model: EvaluatedModel): Promise<WindowLoss[]> =>
    askScorer(DEFAULT_RETRY_POLICY, signal, () =>
      evaluateModel(scorer, model, heldOut, signal, countsOf(progress, what, heldOut.length)),
    );
  const before = await measure('held-out windows, whole model', evaluated);
  const after = await measure('held-out windows, pruned model', {
    ...evaluated,
    cut,
    recovery: planRecovery(plan, calibration),
  });
  const kl = options.evalKl ? meanKl(after) : undefined;
  return { before: perplexity(before), after: perplexity(after), kl, tokens: tokenCount(after) };
}
