import { packLayerStatistics, scoringProto } from '@bonsai/rpc';
import type { CallContext } from '@bonsai/rpc';
import { statisticKinds } from '../convert.ts';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/relay.ts';
import { readHeader } from './read-header.ts';
import { RecoveryParts, RequestBudget, WindowParts } from './request-parts.ts';
import { asAsked } from './signs-of-life.ts';

/** Reads header and windows to their end, then streams the statistics of the layers. */
export async function* collectStatistics(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.CollectStatisticsRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.CollectStatisticsResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  const kinds = statisticKinds(header.kinds, 'header.kinds');
  yield* withTarget(context, header, async function* ({ target }) {
    const { config } = target.checkpoint;
    const budget = new RequestBudget(context.maxRequestBytes);
    const parts = {
      windows: new WindowParts(config, budget),
      recoveryWindows: new RecoveryParts(header.recovery, config, budget),
    };
    for await (const chunk of chunks) parts[chunk.$case].add(chunk.value);
    const recovered = parts.recoveryWindows.finish(target);
    let layer = 0;
    const layers = context.session.collectStatistics(recovered, parts.windows.finish(), kinds, signal);
    for await (const statistics of asAsked(header, layers)) {
      if (statistics === ALIVE) yield scoringProto.CollectStatisticsResponse.fromPartial({ signOfLife: true });
      else yield packLayerStatistics(layer++, statistics);
    }
  });
}
