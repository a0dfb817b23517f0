import { bidiHandler, unaryHandler } from '@bonsai/rpc';
import type { HandlerEnvironment, ScoringServiceServer } from '@bonsai/rpc';
import type { ScoringContext } from '../scoring-context.ts';
import { collectStatistics } from './collect-statistics.ts';
import { evaluateMasks } from './evaluate-masks.ts';
import { evaluate } from './evaluate.ts';
import { getModel } from './get-model.ts';
import { getRecoveredWeights } from './get-recovered-weights.ts';
import { getServerInfo } from './get-server-info.ts';
import { measureLatency } from './measure-latency.ts';
import { planMemory } from './plan-memory.ts';
import { recover } from './recover.ts';

export function scoringHandlers(context: ScoringContext, environment: HandlerEnvironment): ScoringServiceServer {
  return {
    getServerInfo: unaryHandler(environment, () => Promise.resolve(getServerInfo(context))),
    getModel: unaryHandler(environment, (request) => getModel(context, request)),
    planMemory: unaryHandler(environment, (request) => planMemory(context, request)),
    measureLatency: unaryHandler(environment, (request, call) => measureLatency(context, request, call)),
    evaluate: bidiHandler(environment, (requests, call) => evaluate(context, requests, call)),
    evaluateMasks: bidiHandler(environment, (requests, call) => evaluateMasks(context, requests, call)),
    collectStatistics: bidiHandler(environment, (requests, call) => collectStatistics(context, requests, call)),
    recover: bidiHandler(environment, (requests, call) => recover(context, requests, call)),
    getRecoveredWeights: bidiHandler(environment, (requests, call) => getRecoveredWeights(context, requests, call)),
  };
}
