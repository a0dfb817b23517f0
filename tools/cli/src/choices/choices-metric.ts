import type { MetricQuestion, UserMetric } from '@bonsai/planner';
import type { WindowLoss } from '@bonsai/pruning';
import { digest } from '@bonsai/support';
import { choicesLoss } from './choice-accuracy.ts';
import type { ChoicesTask } from './evaluate-choices.ts';

/** The loss of questions as a metric of masks that are evaluated on all windows of the task. */
export function choicesMetric({ questions, spans }: ChoicesTask): UserMetric {
  const identity = { name: 'multiple-choice', version: '1', digest: digest([JSON.stringify(questions)]) };
  return {
    describe: () => Promise.resolve(identity),
    losses: ({ masks }: MetricQuestion) =>
      Promise.resolve(
        masks.map((results) => {
          const losses: WindowLoss[] = [];
          for (const { window, ...loss } of results) losses[window] = loss;
          return choicesLoss(questions, spans.logLikelihoods(losses));
        }),
      ),
    close: () => undefined,
  };
}
