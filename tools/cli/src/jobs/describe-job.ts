import { plannerProto } from '@bonsai/rpc';
import { formatCount, formatDuration } from '../output/format.ts';

/** "JOB_STATE_RUNNING" -> "running". */
export const stateName = (state: plannerProto.JobState): string =>
  plannerProto.jobStateToJSON(state).replace('JOB_STATE_', '').toLowerCase();

/** Where a job stands, on one line. */
export function describeProgress({ state, progress, error }: plannerProto.Job): string {
  if (progress === undefined) return stateName(state);
  const parts = [
    stateName(state),
    ...(progress.activity === '' ? [] : [progress.activity]),
    `round ${Math.min(progress.roundsDone + 1, progress.roundsTotal)} of ${progress.roundsTotal}`,
    `masks ${progress.masksDone} of ${progress.masksTotal}`,
    `${formatCount(progress.forwardTokens)} of ${formatCount(progress.forwardTokensTotal)} tokens`,
  ];
  if (progress.currentPerplexity !== undefined) parts.push(`perplexity ${progress.currentPerplexity.toFixed(2)}`);
  if (state === plannerProto.JobState.JOB_STATE_RUNNING && progress.etaSeconds > 0) {
    parts.push(`ETA ${formatDuration(progress.etaSeconds)}`);
  }
  if (error !== undefined) parts.push(`${error.message} [${error.reason}]`);
  return parts.join(' · ');
}
