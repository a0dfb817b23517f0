import type { RoundEvidence } from '@bonsai/pruning';
import type { EvaluationObserver, EvaluationPart } from '../evaluations/evaluator.ts';
import type { JobProgress } from './job.ts';

/** Progress is written and shown at most this often while results pour in, and the last of them too; ends of rounds always. */
const PUBLISH_MILLISECONDS = 250;

/** What a job is expected to take. */
export type PlannedWork = Pick<JobProgress, 'roundsTotal' | 'masksTotal' | 'forwardTokensTotal'>;

/** A job of which only the size is known. */
export function noProgress({ roundsTotal, masksTotal, forwardTokensTotal }: PlannedWork): JobProgress {
  return {
    roundsDone: 0,
    roundsTotal,
    masksDone: 0,
    masksTotal,
    currentPerplexity: undefined,
    forwardTokens: 0,
    forwardTokensTotal,
    evaluationsReused: 0,
    etaSeconds: 0,
    activity: '',
    rounds: [],
  };
}

/** Of a job that no longer runs. */
export function atRest(progress: JobProgress): JobProgress {
  return { ...progress, etaSeconds: 0, activity: '' };
}

/**
 * Counts what one run of a job does. A run starts at zero even if the job is resumed, because the method starts again
 * from its first question; while all answers come from the store nothing is published, so that watchers do not see the
 * job go backwards.
 */
export class ProgressTracker implements EvaluationObserver {
  readonly #now: () => number;
  readonly #publish: (progress: JobProgress) => void;
  /** When the first answer came: what it took to load the model is not counted into the rate. */
  #startedAt: number | undefined;
  #publishedAt = -Infinity;
  /** Publishes what came too soon after the last publication. */
  #later: NodeJS.Timeout | undefined;
  #hasNews = false;
  /** Since the first answer. */
  #freshTokens = 0;
  #progress: JobProgress;

  /**
   * @param before what earlier runs stored
   * @param now milliseconds, of any origin
   */
  constructor(before: JobProgress, now: () => number, publish: (progress: JobProgress) => void) {
    this.#now = now;
    this.#publish = publish;
    this.#progress = noProgress(before);
  }

  get progress(): JobProgress {
    return this.#progress;
  }

  /** Whether this run has gone further than what was stored before it. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  evaluated({
    kind,
    tokens,
    reused,
  }: {
    kind: 'mask' | 'statistics' | 'recovery';
    tokens: number;
    reused: boolean;
  }): void {
    const progress = this.#progress;
    if (!reused) {
      this.#hasNews = true;
      if (this.#startedAt === undefined) this.#startedAt = this.#now();
      else this.#freshTokens += tokens;
    }
    const masksDone = progress.masksDone + (kind === 'mask' ? 1 : 0);
    const forwardTokens = progress.forwardTokens + tokens;
    this.#progress = {
      ...progress,
      masksDone,
      // Some methods find out on the way what they must measure.
      masksTotal: Math.max(progress.masksTotal, masksDone),
      forwardTokens,
      forwardTokensTotal: Math.max(progress.forwardTokensTotal, forwardTokens),
      evaluationsReused: progress.evaluationsReused + (reused ? 1 : 0),
      activity: '',
    };
    this.#showInTime();
  }

  /** Only of work that the store does not have, so that it is news. */
  partDone(part: EvaluationPart): void {
    this.#hasNews = true;
    this.#progress = { ...this.#progress, activity: activityOf(part) };
    this.#showInTime();
  }

  /** Publishes nothing any more: the job has ended, and whoever watches shall not see it run again. */
  stop(): void {
    clearTimeout(this.#later);
  }

  /** @param nll mean NLL per token of the model as cut so far */
  measured(nll: number): void {
    this.#progress = { ...this.#progress, currentPerplexity: Math.exp(nll) };
  }

  roundFinished(evidence: RoundEvidence): void {
    const rounds = [...this.#progress.rounds, evidence];
    this.#progress = { ...this.#progress, rounds, roundsDone: rounds.length };
    this.#show();
  }

  #showInTime(): void {
    const wait = this.#publishedAt + PUBLISH_MILLISECONDS - this.#now();
    if (wait <= 0) this.#show();
    else this.#later ??= setTimeout(() => this.#show(), wait);
  }

  #show(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (!this.hasNews) return;
    this.#publishedAt = this.#now();
    this.#progress = { ...this.#progress, etaSeconds: this.#etaSeconds() };
    this.#publish(this.#progress);
  }

  #etaSeconds(): number {
    if (this.#freshTokens === 0 || this.#startedAt === undefined) return 0;
    const secondsPerToken = (this.#now() - this.#startedAt) / 1000 / this.#freshTokens;
    return secondsPerToken * (this.#progress.forwardTokensTotal - this.#progress.forwardTokens);
  }
}

function activityOf(part: EvaluationPart): string {
  switch (part.kind) {
    case 'statistics':
      return `statistics of layer ${part.done} of ${part.total}`;
    case 'recovery':
      return `recovery tried in ${part.done} blocks`;
  }
}
