import { hostThreads } from '@bonsai/model';
import type { scoringProto } from '@bonsai/rpc';
import { adapterMessage, loadedModelMessage } from '../convert.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { VERSION } from '../version.ts';

export function getServerInfo({ session }: ScoringContext): scoringProto.GetServerInfoResponse {
  const { adapter, memory } = session.device;
  return {
    version: VERSION,
    adapter: adapterMessage(adapter),
    gpuMemoryUsedBytes: memory.used,
    gpuMemoryPeakBytes: memory.peak,
    gpuMemoryReservedBytes: memory.reserved,
    hostThreads: hostThreads(),
    loadedModels: session.loadedModels().map(loadedModelMessage),
  };
}
