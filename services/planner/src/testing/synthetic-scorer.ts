import {
  ScoringServiceService,
  bidiHandler,
  packLayerStatistics,
  packModelShape,
  packTrial,
  startServer,
  unaryHandler,
  unpackUnitSet,
  unpackWindow,
} from '@bonsai/rpc';
import type { RunningServer, ScoringServiceServer } from '@bonsai/rpc';
import { planProto, scoringProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import type { UnitSet } from '@bonsai/pruning';
import { SYNTHETIC_REVISION, SYNTHETIC_SHAPE, SYNTHETIC_SIZES } from './synthetic-model.ts';
import {
  syntheticDivergence,
  syntheticLoss,
  syntheticStatistics,
  syntheticTrials,
  syntheticUnits,
} from './synthetic-model.ts';

/** What the requests of a stream amount to. */
interface Collected {
  readonly cut: UnitSet;
  readonly lossOf: typeof syntheticLoss;
  readonly windows: Uint32Array[];
  readonly masks: UnitSet[];
  readonly recovered: boolean;
  readonly signsOfLife: boolean;
}

type AnyRequest =
  | scoringProto.EvaluateRequest
  | scoringProto.EvaluateMasksRequest
  | scoringProto.CollectStatisticsRequest
  | scoringProto.RecoverRequest;

/**
 * A scoring service over a real socket whose model is an additive function, so that answers are known and cost nothing.
 * It counts what it evaluates and can be told to die in the middle of a stream. Streams begin with a sign of life for whoever asks.
 */
export class SyntheticScorer {
  /** With the real port from the first start on, if any free one is wanted. */
  address: string;
  /** Masks that were evaluated, over all lives of the process that this stands for. */
  masksEvaluated = 0;
  /** Those of them that a recovered model was asked about. */
  recoveredMasks = 0;
  statisticsCollected = 0;
  recoveries = 0;
  weightsSent = 0;
  /** What a request may be planned to take. */
  mostWorkspaceBytes = Infinity;
  /** Called before each mask is answered; may wait, or throw. */
  beforeMask: (evaluated: number) => Promise<void> = () => Promise.resolve();
  /** Called before statistics are answered; may wait, or throw. */
  beforeStatistics: () => Promise<void> = () => Promise.resolve();
  /** Called before the plan of a request's memory is answered; may wait, or throw. */
  beforeMemoryPlan: () => Promise<void> = () => Promise.resolve();
  #server: RunningServer | undefined;

  constructor(address: string) {
    this.address = address;
  }

  async start(): Promise<void> {
    const implementation = this.#implementation();
    this.#server = await startServer(this.address, [
      { name: 'bonsai.v1.ScoringService', definition: ScoringServiceService, implementation },
    ]);
    this.address = this.#server.address;
  }

  /** Drops all connections, as the death of the process does. */
  async die(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop(0);
  }

  #implementation(): ScoringServiceServer {
    const environment = { now: Date.now, callEnded: (): void => undefined };
    return {
      getServerInfo: unaryHandler(environment, () => Promise.resolve(serverInfo())),
      getModel: unaryHandler(environment, (request) => Promise.resolve(describe(request))),
      planMemory: unaryHandler(environment, async (request) => {
        await this.beforeMemoryPlan();
        const planned = syntheticMemory(request);
        if (planned.workspaceBytes > this.mostWorkspaceBytes) throw outOfMemory();
        return planned;
      }),
      measureLatency: unaryHandler(environment, ({ passes }) => Promise.resolve({ seconds: Array(passes).fill(1) })),
      evaluate: bidiHandler(environment, async function* (requests: AsyncIterable<scoringProto.EvaluateRequest>) {
        const { cut, lossOf, windows, signsOfLife } = await collect(requests);
        if (signsOfLife) yield scoringProto.EvaluateResponse.fromPartial({ signOfLife: true });
        const none = new Uint8Array(syntheticUnits.count);
        for (const [windowIndex, window] of windows.entries()) {
          yield { windowIndex, score: lossOf(cut, none, window) };
        }
      }),
      evaluateMasks: bidiHandler(environment, (requests) => this.#evaluateMasks(requests)),
      collectStatistics: bidiHandler(environment, (requests) => this.#collectStatistics(requests)),
      recover: bidiHandler(environment, (requests) => this.#recover(requests)),
      getRecoveredWeights: bidiHandler(environment, (requests) => this.#recoveredWeights(requests)),
    };
  }

  async *#evaluateMasks(
    requests: AsyncIterable<scoringProto.EvaluateMasksRequest>,
  ): AsyncGenerator<scoringProto.EvaluateMasksResponse> {
    const { cut, lossOf, windows, masks, recovered, signsOfLife } = await collect(requests);
    if (signsOfLife) yield scoringProto.EvaluateMasksResponse.fromPartial({ signOfLife: true });
    for (const [maskIndex, mask] of masks.entries()) {
      await this.beforeMask(this.masksEvaluated);
      yield { maskIndex, windows: windows.map((window) => lossOf(cut, mask, window)) };
      this.masksEvaluated++;
      if (recovered) this.recoveredMasks++;
    }
  }

  async *#collectStatistics(
    requests: AsyncIterable<scoringProto.CollectStatisticsRequest>,
  ): AsyncGenerator<scoringProto.CollectStatisticsResponse> {
    const { cut, signsOfLife } = await collect(requests);
    if (signsOfLife) yield scoringProto.CollectStatisticsResponse.fromPartial({ signOfLife: true });
    await this.beforeStatistics();
    this.statisticsCollected++;
    for (const [layer, statistics] of syntheticStatistics(cut).entries()) yield packLayerStatistics(layer, statistics);
  }

  async *#recover(requests: AsyncIterable<scoringProto.RecoverRequest>): AsyncGenerator<scoringProto.RecoverResponse> {
    const { cut, signsOfLife } = await collect(requests);
    if (signsOfLife) yield scoringProto.RecoverResponse.fromPartial({ signOfLife: true });
    this.recoveries++;
    for (const trial of syntheticTrials(cut)) yield { trial: packTrial(trial) };
  }

  /** What the request says, which is as good as weights. */
  async *#recoveredWeights(
    requests: AsyncIterable<scoringProto.GetRecoveredWeightsRequest>,
  ): AsyncGenerator<scoringProto.GetRecoveredWeightsResponse> {
    for await (const { part } of requests) {
      this.weightsSent++;
      if (part?.$case === 'header')
        yield { data: Buffer.from(scoringProto.EvaluationHeader.encode(part.value).finish()) };
      else if (part?.$case === 'recoveryWindows')
        yield { data: Buffer.from(scoringProto.WindowChunk.encode(part.value).finish()) };
    }
  }
}

async function collect(requests: AsyncIterable<AnyRequest>): Promise<Collected> {
  let cut: UnitSet = new Uint8Array(syntheticUnits.count);
  let lossOf = syntheticLoss;
  const windows: Uint32Array[] = [];
  const masks: UnitSet[] = [];
  let recovered = false;
  let signsOfLife = false;
  for await (const { part } of requests) {
    const measuresKl =
      part?.$case === 'header' && 'metric' in part.value && part.value.metric === planProto.Metric.METRIC_KL;
    if (measuresKl) lossOf = syntheticDivergence;
    if (part?.$case === 'header') {
      cut = unpackUnitSet(syntheticUnits, part.value.cut, 'header.cut');
      recovered = 'recovery' in part.value && part.value.recovery !== undefined;
      signsOfLife = part.value.signsOfLife === true;
    }
    if (part?.$case === 'windows') windows.push(...part.value.windows.map(unpackWindow));
    if (part?.$case === 'masks')
      masks.push(...part.value.masks.map((mask) => unpackUnitSet(syntheticUnits, mask, 'masks')));
  }
  return { cut, lossOf, windows, masks, recovered, signsOfLife };
}

function describe({ model, exportFormat }: scoringProto.GetModelRequest): scoringProto.GetModelResponse {
  if (model?.path !== 'synthetic') {
    throw new BonsaiError('There is no such model here.', {
      code: 'NOT_FOUND',
      reason: 'CHECKPOINT_NOT_FOUND',
      field: 'model.path',
    });
  }
  const shape = packModelShape(SYNTHETIC_SHAPE, SYNTHETIC_SIZES);
  const precision = model.precision || planProto.Precision.PRECISION_BF16;
  const exportSize = exportSizeOf(exportFormat);
  return { revision: SYNTHETIC_REVISION, family: 'llama', shape, notes: [], precision, exportSize };
}

/** As of a family whose 32-bit files cannot have layers of different widths. */
function exportSizeOf(format: planProto.ExportFormat): scoringProto.ExportSize | undefined {
  const { EXPORT_FORMAT_UNSPECIFIED, EXPORT_FORMAT_GGUF_F16 } = planProto.ExportFormat;
  if (format === EXPORT_FORMAT_UNSPECIFIED) return undefined;
  const costs = { kvGroup: 400, queryHead: 130, ffnNeuron: 50, other: 3000 };
  return { costs, widthsMayDiffer: format === EXPORT_FORMAT_GGUF_F16 };
}

function serverInfo(): scoringProto.GetServerInfoResponse {
  return scoringProto.GetServerInfoResponse.fromPartial({ version: '0', hostThreads: 4 });
}

function outOfMemory(): BonsaiError {
  return new BonsaiError('The device has less.', { code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY' });
}

/** Far more than all else, so that a recovery is always the largest request. */
function recoveryBytes({ recoveryMethod, heldOutWindowLengths }: scoringProto.PlanMemoryRequest): number {
  return 10_000 * recoveryMethod + heldOutWindowLengths.reduce((sum, length) => sum + length, 0);
}

/** A byte per weight, token and mask, so that the largest request shows. */
function syntheticMemory(request: scoringProto.PlanMemoryRequest): scoringProto.PlanMemoryResponse {
  const tokens = request.windowLengths.reduce((sum, length) => sum + length, 0);
  return scoringProto.PlanMemoryResponse.fromPartial({
    weightBytes: 1000,
    streamedWeightBytes: 0,
    activationBytes: tokens * request.maskCount,
    workspaceBytes: request.statistics.length + recoveryBytes(request),
  });
}
