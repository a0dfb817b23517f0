import type { CallContext, scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/alive.ts';
import { readHeader } from './read-header.ts';
import { RecoveryParts } from './recovery-parts.ts';
import { RequestBudget } from './request-budget.ts';
import { withSignsOfLife } from './signs-of-life.ts';

/** Reads header and windows to their end, then streams the file of recovered weights. */
export async function* getRecoveredWeights(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.GetRecoveredWeightsRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.GetRecoveredWeightsResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  if (header.recovery === undefined)
    throw invalidArgument('REQUEST_INVALID', 'header.recovery', 'Name the recovery whose weights are wanted.');
  yield* withTarget(context, header, async function* ({ target }) {
    const parts = new RecoveryParts(
      header.recovery,
      target.checkpoint.config,
      new RequestBudget(context.maxRequestBytes),
    );
    for await (const chunk of chunks) parts.add(chunk.value);
    for await (const data of withSignsOfLife(header, context.session.recoveredWeights(parts.finish(target), signal))) {
      yield data === ALIVE ? { data: Buffer.alloc(0), signOfLife: true } : { data: Buffer.from(data) };
    }
  });
}
