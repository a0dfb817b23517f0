import { describe, expect, it } from '@jest/globals';
import { plannerProto } from '@bonsai/rpc';
import { describeProgress } from './describe-job.ts';

const running = (progress: Partial<plannerProto.JobProgress>): plannerProto.Job =>
  plannerProto.Job.fromPartial({
    state: plannerProto.JobState.JOB_STATE_RUNNING,
    progress: {
      ...{ roundsDone: 1, roundsTotal: 5, masksDone: 40, masksTotal: 166 },
      ...{ forwardTokens: 20_500, forwardTokensTotal: 105_000 },
      ...progress,
    },
  });

describe('the line on a job', () => {
  it('tells rounds, masks, tokens, perplexity and the time that is left', () => {
    const job = running({ currentPerplexity: 27.128, etaSeconds: 75 });
    expect(describeProgress(job)).toBe(
      'running · round 2 of 5 · masks 40 of 166 · 20.5 k of 105 k tokens · perplexity 27.13 · ETA 1 min 15 s',
    );
  });

  it('tells what the job does meanwhile', () => {
    expect(describeProgress(running({ activity: 'waiting for a slot' }))).toMatch(
      /^running · waiting for a slot · round 2 of 5 · /,
    );
  });

  it('tells why a job failed', () => {
    const error = { reason: 'SCORER_UNAVAILABLE', message: 'The scorer does not answer.' };
    const failed = { ...running({}), state: plannerProto.JobState.JOB_STATE_FAILED, error };
    expect(describeProgress(failed)).toMatch(/^failed · .* · The scorer does not answer\. \[SCORER_UNAVAILABLE\]$/);
  });

  it('does without what is not known yet', () => {
    expect(describeProgress(running({}))).toBe('running · round 2 of 5 · masks 40 of 166 · 20.5 k of 105 k tokens');
  });
});
