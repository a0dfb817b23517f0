import type { planProto } from '@bonsai/rpc';
import { priorName } from '../options/pruning-options.ts';

/** For `bonsai prune --json`. */
export function priorRaceDocument(race: planProto.PriorRace | undefined): object | null {
  if (race === undefined) return null;
  const trials = race.trials.map(({ prior, loss }) => ({ prior: priorName(prior), loss }));
  return { trials, forward_tokens: race.forwardTokens };
}

/** For people. */
export function priorRaceSentence({ trials }: planProto.PriorRace): string {
  const losses = trials.map(({ prior, loss }) => `${loss.toFixed(4)} by the prior ${priorName(prior)}`);
  return `Cuts of full size, recovered, have a loss of ${losses.join(', ')}: the lower one was taken.`;
}
