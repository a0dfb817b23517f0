import { MetricServiceClient, callUnary, chunks, connect } from '@bonsai/rpc';
import type { CallLimits, metricProto } from '@bonsai/rpc';
import { isServiceGone, isServiceSilent } from '../retry/service-gone.ts';
import type { MetricIdentity } from '../jobs/job-settings.ts';
import { checkIdentity, checkLosses } from './check-answers.ts';
import { metricInvalid } from './metric-error.ts';
import type { MetricQuestion, UserMetric, WindowResult } from './user-metric.ts';

/** A metric is arithmetic on a few thousand numbers; what takes longer than this is stuck. */
const DEFAULT_CALL_MILLISECONDS = 60_000;

/** Two tags, two varints and a double, with the tag and length around them. */
const MAX_RESULT_BYTES = 24;

/** The only caller of metric services. */
export class GrpcMetric implements UserMetric {
  readonly #client: MetricServiceClient;
  readonly #now: () => number;
  readonly #callMilliseconds: number;

  /** @param address `unix:PATH`, `HOST:PORT` or `dns:///NAME:PORT` */
  constructor(address: string, now: () => number, callMilliseconds = DEFAULT_CALL_MILLISECONDS) {
    this.#client = connect(MetricServiceClient, address);
    this.#now = now;
    this.#callMilliseconds = callMilliseconds;
  }

  async describe(signal: AbortSignal): Promise<MetricIdentity> {
    const call = callUnary<metricProto.DescribeMetricResponse>(
      (...rest) => this.#client.describeMetric({}, ...rest),
      this.#limits(signal),
    );
    return checkIdentity(await answered(call));
  }

  async losses({ revision, calibration, base, masks }: MetricQuestion, signal: AbortSignal): Promise<number[]> {
    const losses: number[] = [];
    for (const run of chunks(masks, (results) => results.length * MAX_RESULT_BYTES)) {
      const request: metricProto.ScoreMasksRequest = {
        modelRevision: revision,
        calibrationDigest: calibration,
        base: base.map(resultToMessage),
        masks: run.map((results) => ({ windows: results.map(resultToMessage) })),
      };
      const call = callUnary<metricProto.ScoreMasksResponse>(
        (...rest) => this.#client.scoreMasks(request, ...rest),
        this.#limits(signal),
      );
      losses.push(...checkLosses((await answered(call)).losses, run.length));
    }
    return losses;
  }

  close(): void {
    this.#client.close();
  }

  #limits(signal: AbortSignal): CallLimits {
    return { signal, deadline: new Date(this.#now() + this.#callMilliseconds) };
  }
}

function resultToMessage({ window, nllSum, tokenCount }: WindowResult): metricProto.WindowResult {
  return { windowIndex: window, nllSum, tokenCount };
}

/** Whatever a service says other than an answer is its own failure, unless it is gone or silent. */
async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isServiceGone(error) || isServiceSilent(error) || !(error instanceof Error)) throw error;
    throw metricInvalid(`its service refuses: ${error.message}`, error);
  }
}
