import type {
  LayerStatistics,
  RecoveryTrial,
  StatisticKind,
  TriedRecovery,
  UnitSet,
  WindowLoss,
} from '@bonsai/pruning';
import {
  EXPORT_FORMATS,
  PRECISIONS,
  ScoringServiceClient,
  callBidi,
  callUnary,
  connect,
  connectToOne,
  planProto,
  unpackLayerStatistics,
  unpackTrial,
} from '@bonsai/rpc';
import type { CallLimits, scoringProto } from '@bonsai/rpc';
import { deviceName } from '@bonsai/support';
import { modelFromMessage } from '../convert/model.ts';
import { exportSizeFromMessage } from '../convert/target.ts';
import type { ModelRef } from '../jobs/job.ts';
import type { Precision } from '../jobs/job-settings.ts';
import type {
  EvaluationBase,
  ExportQuestion,
  LatencyQuestion,
  MaskResult,
  MemoryQuestion,
  ReportedMemory,
  Scorer,
  ScorerDevice,
  ServedModel,
} from './scorer.ts';
import { incompleteAnswer } from './scorer-error.ts';
import {
  evaluateMasksRequests,
  evaluateRequests,
  latencyRequest,
  modelRefToMessage,
  planMemoryRequest,
  recoverRequests,
  recoveredWeightsRequests,
  statisticsRequests,
} from './scoring-requests.ts';

/** Describing needs no forward pass; what takes longer than this is stuck. */
const DESCRIBE_MILLISECONDS = 60_000;

/** Loading an 8B model from a slow disk takes minutes; ten without one result mean that something hangs. */
const DEFAULT_SILENCE_MILLISECONDS = 600_000;

export interface GrpcScorerOptions {
  /** `unix:PATH`, `HOST:PORT`, `dns:///NAME:PORT` or `ipv4:HOST:PORT,HOST:PORT` */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long evaluations may bring nothing, not even a sign of life, before the scorer is taken to hang. Default: 10 minutes. */
  readonly silenceMilliseconds?: number | undefined;
  /**
   * Which of several scorers gets all calls while it is there, counted around: it keeps the models that it was asked about. Absent: all
   * of them, in turn.
   */
  readonly turn?: number | undefined;
}

/** The only caller of the scoring service. */
export class GrpcScorer implements Scorer {
  readonly #client: ScoringServiceClient;
  readonly #now: () => number;
  readonly #silenceMilliseconds: number;

  constructor({ address, now, silenceMilliseconds = DEFAULT_SILENCE_MILLISECONDS, turn }: GrpcScorerOptions) {
    this.#client =
      turn === undefined ? connect(ScoringServiceClient, address) : connectToOne(ScoringServiceClient, address, turn);
    this.#now = now;
    this.#silenceMilliseconds = silenceMilliseconds;
  }

  async describeDevice(signal: AbortSignal): Promise<ScorerDevice> {
    const { adapter, gpuMemoryPeakBytes, hostThreads } = await callUnary<scoringProto.GetServerInfoResponse>(
      (...rest) => this.#client.getServerInfo({}, ...rest),
      this.#describeLimits(signal),
    );
    return {
      name: deviceName({ device: adapter?.device ?? '', description: adapter?.description ?? '' }),
      peakMemoryBytes: gpuMemoryPeakBytes,
      hostThreads: Math.max(1, hostThreads),
    };
  }

  async describeModel(
    model: ModelRef,
    precision: Precision,
    exported: ExportQuestion | undefined,
    signal: AbortSignal,
  ): Promise<ServedModel> {
    const request = {
      model: modelRefToMessage(model, precision),
      exportFormat:
        exported === undefined
          ? planProto.ExportFormat.EXPORT_FORMAT_UNSPECIFIED
          : EXPORT_FORMATS.toWire(exported.format),
      recoversBiases: exported?.recoversBiases === true,
    };
    const response = await callUnary<scoringProto.GetModelResponse>(
      (...rest) => this.#client.getModel(request, ...rest),
      this.#describeLimits(signal),
    );
    return {
      ...modelFromMessage(response),
      precision: PRECISIONS.toDomain(response.precision, 'precision'),
      exportSize: response.exportSize && exportSizeFromMessage(response.exportSize),
    };
  }

  async planMemory(base: EvaluationBase, question: MemoryQuestion, signal: AbortSignal): Promise<ReportedMemory> {
    const request = planMemoryRequest(base, question);
    return callUnary<scoringProto.PlanMemoryResponse>(
      (...rest) => this.#client.planMemory(request, ...rest),
      this.#describeLimits(signal),
    );
  }

  async measureLatency(base: EvaluationBase, question: LatencyQuestion, signal: AbortSignal): Promise<number[]> {
    const { seconds } = await callUnary<scoringProto.MeasureLatencyResponse>(
      (...rest) => this.#client.measureLatency(latencyRequest(base, question), ...rest),
      { signal, deadline: new Date(this.#now() + this.#silenceMilliseconds) },
    );
    requireAll(question.passes, seconds);
    return seconds;
  }

  async evaluate(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    signal: AbortSignal,
    onWindow?: (done: number) => void,
  ): Promise<WindowLoss[]> {
    const losses: WindowLoss[] = [];
    let received = 0;
    for await (const response of this.#results<scoringProto.EvaluateRequest, scoringProto.EvaluateResponse>(
      (...rest) => this.#client.evaluate(...rest),
      evaluateRequests(base, windows),
      signal,
    )) {
      losses[response.windowIndex] = lossOf(response.score);
      onWindow?.(++received);
    }
    requireAll(windows.length, losses);
    return losses;
  }

  async *evaluateMasks(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    masks: readonly UnitSet[],
    signal: AbortSignal,
  ): AsyncGenerator<MaskResult, void, undefined> {
    let received = 0;
    for await (const response of this.#results<scoringProto.EvaluateMasksRequest, scoringProto.EvaluateMasksResponse>(
      (...rest) => this.#client.evaluateMasks(...rest),
      evaluateMasksRequests(base, windows, masks),
      signal,
    )) {
      const losses = response.windows.map(lossOf);
      requireAll(windows.length, losses);
      received++;
      yield { mask: response.maskIndex, losses };
    }
    if (received !== masks.length) throw incompleteAnswer(masks.length, received);
  }

  async collectStatistics(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    kinds: readonly StatisticKind[],
    signal: AbortSignal,
    onLayer?: (done: number) => void,
  ): Promise<LayerStatistics[]> {
    const requests = statisticsRequests(base, windows, kinds);
    const layers: LayerStatistics[] = [];
    let received = 0;
    for await (const response of this.#results<
      scoringProto.CollectStatisticsRequest,
      scoringProto.CollectStatisticsResponse
    >((...rest) => this.#client.collectStatistics(...rest), requests, signal)) {
      layers[response.layer] = unpackLayerStatistics(response, base.units.shape);
      onLayer?.(++received);
    }
    requireAll(base.units.shape.layers.length, layers);
    return layers;
  }

  async recover(
    base: EvaluationBase,
    tried: TriedRecovery,
    signal: AbortSignal,
    onTrial?: (done: number) => void,
  ): Promise<RecoveryTrial[]> {
    const trials: RecoveryTrial[] = [];
    for await (const { trial } of this.#results<scoringProto.RecoverRequest, scoringProto.RecoverResponse>(
      (...rest) => this.#client.recover(...rest),
      recoverRequests(base, tried),
      signal,
    )) {
      onTrial?.(trials.push(unpackTrial(trial)));
    }
    return trials;
  }

  async *recoveredWeights(base: EvaluationBase, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const { data } of this.#results<
      scoringProto.GetRecoveredWeightsRequest,
      scoringProto.GetRecoveredWeightsResponse
    >((...rest) => this.#client.getRecoveredWeights(...rest), recoveredWeightsRequests(base), signal)) {
      yield data;
    }
  }

  close(): void {
    this.#client.close();
  }

  /** The responses of a stream but for signs of life, which only keep the call from being taken to hang. */
  async *#results<Request, Response extends { readonly signOfLife?: boolean | undefined }>(
    start: Parameters<typeof callBidi<Request, Response>>[0],
    requests: Iterable<Request>,
    signal: AbortSignal,
  ): AsyncGenerator<Response, void, undefined> {
    const limits = { signal, silenceMilliseconds: this.#silenceMilliseconds };
    for await (const response of callBidi(start, requests, limits)) if (response.signOfLife !== true) yield response;
  }

  #describeLimits(signal: AbortSignal): CallLimits {
    return { signal, deadline: new Date(this.#now() + DESCRIBE_MILLISECONDS) };
  }
}

function lossOf(score: scoringProto.WindowScore | undefined): WindowLoss {
  if (score === undefined) throw incompleteAnswer(1, 0);
  const { nllSum, tokenCount, klSum } = score;
  return { nllSum, tokenCount, ...(klSum === undefined ? {} : { klSum }) };
}

/** Holes in the array are answers that never came. */
function requireAll(expected: number, answers: readonly unknown[]): void {
  const received = Object.keys(answers).length;
  if (received !== expected) throw incompleteAnswer(expected, received);
}
