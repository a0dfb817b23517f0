export * as metricProto from './gen/bonsai/v1/metric.ts';
export * as planProto from './gen/bonsai/v1/plan.ts';
export * as plannerProto from './gen/bonsai/v1/planner.ts';
export * as recoveryProto from './gen/bonsai/v1/recovery.ts';
export * as scoringProto from './gen/bonsai/v1/scoring.ts';
export { MetricServiceClient } from './gen/bonsai/v1/metric.ts';
export { PlannerServiceClient, PlannerServiceService } from './gen/bonsai/v1/planner.ts';
export type { PlannerServiceServer } from './gen/bonsai/v1/planner.ts';
export { ScoringServiceClient, ScoringServiceService } from './gen/bonsai/v1/scoring.ts';
export type { ScoringServiceServer } from './gen/bonsai/v1/scoring.ts';

export { asBonsaiError } from './status/to-status-error.ts';

export { startServer } from './server/start-server.ts';
export type { RunningServer, ServiceBinding } from './server/start-server.ts';
export { bidiHandler, clientStreamHandler, serverStreamHandler, unaryHandler } from './server/handlers.ts';
export type { CallContext, CallRecord, HandlerEnvironment } from './server/call-context.ts';

export { callBidi, callClientStream, callServerStream, callUnary } from './client/calls.ts';
export type { CallLimits } from './client/calls.ts';
export { fetchPlan } from './client/fetch-plan.ts';
export { anyTurn, connect, connectToOne, waitUntilReady } from './client/channel.ts';

export { jsonLogger } from './logging/json-logger.ts';
export type { LogLevel, Logger } from './logging/json-logger.ts';
export { reportFailure } from './logging/report-failure.ts';
export { logCall } from './logging/log-call.ts';

export { CHUNK_BYTES, chunks } from './convert/chunks.ts';
export { EnumTable } from './convert/enum-table.ts';
export { EXPORT_FORMATS, MEASUREMENTS, PRECISIONS, RECOVERY_METHODS, STATISTIC_KINDS } from './convert/enum-tables.ts';
export { packLayerStatistics, unpackLayerStatistics } from './convert/layer-statistics.ts';
export { MAX_MASK_WINDOWS } from './convert/mask-windows.ts';
export { packModelShape, unpackModelShape } from './convert/model-shape.ts';
export { packPlan } from './convert/plan-parts.ts';
export { checkRidge, packRecovery, packTrial, unpackRecovery, unpackTrial } from './convert/recovery.ts';
export { packMasks, packUnitSet, unpackUnitSet } from './convert/unit-sets.ts';
export { packWindows, unpackWindow } from './convert/windows.ts';
