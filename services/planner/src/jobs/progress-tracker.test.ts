import { describe, expect, it, jest } from '@jest/globals';
import type { RoundEvidence } from '@bonsai/pruning';
import type { JobProgress } from './job.ts';
import { ProgressTracker, noProgress } from './progress-tracker.ts';

const evidence: RoundEvidence = {
  round: 0,
  masks: 4,
  forwardTokens: 40,
  baseLoss: 1,
  looR2: 0.5,
  kendallTau: 0.5,
  looR2WithoutTopModule: 0.5,
  maskFits: [{ predicted: 0.25, measured: 1 / 3 }],
  removedParameters: 1,
  removedKvGroups: 0,
  removedQueryHeads: 0,
  removedFfnNeurons: 1,
};

function track(): { tracker: ProgressTracker; published: JobProgress[]; setClock: (milliseconds: number) => void } {
  let clock = 1_000_000;
  const published: JobProgress[] = [];
  const before = noProgress({ roundsTotal: 2, masksTotal: 20, forwardTokensTotal: 200 });
  const tracker = new ProgressTracker(
    before,
    () => clock,
    (progress) => published.push(progress),
  );
  return { tracker, published, setClock: (milliseconds) => (clock = 1_000_000 + milliseconds) };
}

const fresh = { kind: 'mask', tokens: 10, reused: false } as const;

describe('ProgressTracker', () => {
  it('publishes the first result, then not more often than four times a second', () => {
    const { tracker, published, setClock } = track();
    tracker.evaluated(fresh);
    setClock(249);
    tracker.evaluated(fresh);
    expect(published.map((progress) => progress.masksDone)).toEqual([1]);
    setClock(250);
    tracker.evaluated(fresh);
    expect(published.map((progress) => progress.masksDone)).toEqual([1, 3]);
  });

  it('publishes the last result of a burst a little later, unless the job has ended by then', () => {
    jest.useFakeTimers();
    try {
      const { tracker, published, setClock } = track();
      for (let i = 0; i < 3; i++) tracker.evaluated(fresh);
      setClock(250);
      jest.advanceTimersByTime(250);
      expect(published.map((progress) => progress.masksDone)).toEqual([1, 3]);
      tracker.evaluated(fresh);
      tracker.stop();
      jest.advanceTimersByTime(1000);
      expect(published).toHaveLength(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('estimates the time that is left from the rate of fresh tokens', () => {
    const { tracker, published, setClock } = track();
    tracker.evaluated({ kind: 'statistics', tokens: 10, reused: false });
    for (let i = 0; i < 4; i++) {
      setClock(1000 * (i + 1));
      tracker.evaluated(fresh);
    }
    // 40 tokens in 4 seconds, 150 to go.
    expect(published.at(-1)).toMatchObject({ masksDone: 4, etaSeconds: 15, forwardTokens: 50 });
  });

  it('estimates it where recovery is all there is to do', () => {
    const { tracker, published, setClock } = track();
    tracker.evaluated({ kind: 'statistics', tokens: 10, reused: false });
    setClock(6000);
    tracker.evaluated({ kind: 'recovery', tokens: 60, reused: false });
    expect(published.at(-1)).toMatchObject({ masksDone: 0, etaSeconds: 13, forwardTokens: 70 });
  });

  it('leaves what came from the store out of the rate', () => {
    const { tracker, published, setClock } = track();
    tracker.evaluated({ ...fresh, tokens: 100, reused: true });
    setClock(5000);
    tracker.evaluated(fresh);
    setClock(6000);
    tracker.evaluated(fresh);
    expect(published.at(-1)).toMatchObject({ forwardTokens: 120, etaSeconds: 8 });
  });

  it('raises a total that turns out too low', () => {
    const { tracker, published } = track();
    tracker.evaluated({ ...fresh, tokens: 300 });
    expect(published.at(-1)).toMatchObject({ forwardTokens: 300, forwardTokensTotal: 300, etaSeconds: 0 });
  });

  it('says nothing while everything comes from the store', () => {
    const { tracker, published, setClock } = track();
    tracker.evaluated({ ...fresh, reused: true });
    setClock(5000);
    tracker.roundFinished(evidence);
    expect({ published, hasNews: tracker.hasNews }).toEqual({ published: [], hasNews: false });
    tracker.evaluated(fresh);
    expect(published).toEqual([expect.objectContaining({ masksDone: 2, evaluationsReused: 1, roundsDone: 1 })]);
  });

  it('publishes what goes on within one long evaluation, until that has ended', () => {
    const { tracker, published, setClock } = track();
    tracker.partDone({ kind: 'recovery', done: 3 });
    setClock(1000);
    tracker.evaluated({ kind: 'recovery', tokens: 60, reused: false });
    expect(published.map(({ activity, forwardTokens }) => ({ activity, forwardTokens }))).toEqual([
      { activity: 'recovery tried in 3 blocks', forwardTokens: 0 },
      { activity: '', forwardTokens: 60 },
    ]);
  });

  it('publishes the end of a round at once, with the perplexity last measured', () => {
    const { tracker, published } = track();
    tracker.evaluated(fresh);
    tracker.measured(Math.log(12));
    tracker.roundFinished(evidence);
    expect(published).toHaveLength(2);
    expect(published[1]?.currentPerplexity).toBeCloseTo(12, 12);
    expect(published[1]?.rounds).toEqual([evidence]);
  });
});
