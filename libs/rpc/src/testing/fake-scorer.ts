import type { ServerOptions } from '@grpc/grpc-js';
import type {
  CollectStatisticsRequest,
  CollectStatisticsResponse,
  EvaluateMasksRequest,
  EvaluateMasksResponse,
  EvaluateRequest,
  EvaluateResponse,
  GetModelRequest,
  GetModelResponse,
} from '../gen/bonsai/v1/scoring.ts';
import { GetServerInfoResponse, PlanMemoryResponse, ScoringServiceService } from '../gen/bonsai/v1/scoring.ts';
import type { CallContext, CallRecord, HandlerEnvironment } from '../server/call-context.ts';
import { bidiHandler, unaryHandler } from '../server/handlers.ts';
import { startServer } from '../server/start-server.ts';
import type { RunningServer } from '../server/start-server.ts';

/** What a test wants a scorer to do; the rest answers nothing. */
export interface FakeScorer {
  getModel?: (request: GetModelRequest, context: CallContext) => Promise<GetModelResponse>;
  evaluate?: Bidi<EvaluateRequest, EvaluateResponse>;
  evaluateMasks?: Bidi<EvaluateMasksRequest, EvaluateMasksResponse>;
  collectStatistics?: Bidi<CollectStatisticsRequest, CollectStatisticsResponse>;
  callEnded?: (record: CallRecord) => void;
}

type Bidi<Request, Response> = (requests: AsyncIterable<Request>, context: CallContext) => AsyncIterable<Response>;

async function* nothing(): AsyncGenerator<never> {}

/** A real gRPC server with the given behaviour in place of a model. */
export function startScorer(address: string, scorer: FakeScorer, keepalive?: ServerOptions): Promise<RunningServer> {
  const environment: HandlerEnvironment = { now: Date.now, callEnded: scorer.callEnded ?? (() => undefined) };
  const implementation = {
    getServerInfo: unaryHandler(environment, () => Promise.resolve(GetServerInfoResponse.fromPartial({}))),
    getModel: unaryHandler(environment, scorer.getModel ?? (() => Promise.reject(new Error('no model here')))),
    planMemory: unaryHandler(environment, () => Promise.resolve(PlanMemoryResponse.fromPartial({}))),
    evaluate: bidiHandler(environment, scorer.evaluate ?? nothing),
    evaluateMasks: bidiHandler(environment, scorer.evaluateMasks ?? nothing),
    collectStatistics: bidiHandler(environment, scorer.collectStatistics ?? nothing),
  };
  const binding = { name: 'bonsai.v1.ScoringService', definition: ScoringServiceService, implementation };
  return startServer(address, [binding], keepalive);
}
