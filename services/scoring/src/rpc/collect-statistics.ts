import { packLayerStatistics, scoringProto } from '@bonsai/rpc';
import type { CallContext } from '@bonsai/rpc';
import { statisticKinds } from '../convert.ts';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/alive.ts';
import { readHeader } from './read-header.ts';
import { readWindows } from './read-windows.ts';
import { withSignsOfLife } from './signs-of-life.ts';

/** Reads header and windows to their end, then streams the statistics of the layers. */
export async function* collectStatistics(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.CollectStatisticsRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.CollectStatisticsResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  const kinds = statisticKinds(header.kinds, 'header.kinds');
  yield* withTarget(context, header, async function* ({ target }) {
    const { recovered, windows } = await readWindows(context, header, target, chunks);
    let layer = 0;
    const layers = context.session.collectStatistics(recovered, windows, kinds, signal);
    for await (const statistics of withSignsOfLife(header, layers)) {
      if (statistics === ALIVE) yield scoringProto.CollectStatisticsResponse.fromPartial({ signOfLife: true });
      else yield packLayerStatistics(layer++, statistics);
    }
  });
}
