import { RECOVERY_METHODS, checkRidge, packTrial } from '@bonsai/rpc';
import type { CallContext, scoringProto } from '@bonsai/rpc';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/alive.ts';
import { readHeader } from './read-header.ts';
import { RequestBudget } from './request-budget.ts';
import { withSignsOfLife } from './signs-of-life.ts';
import { WindowParts } from './window-parts.ts';

/** Reads header and windows to their end, then streams the trials of the modules. */
export async function* recover(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.RecoverRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.RecoverResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  const method = RECOVERY_METHODS.toDomain(header.method, 'header.method');
  const ridge = checkRidge(method, header.ridge, 'header.ridge');
  yield* withTarget(context, header, async function* ({ target }) {
    const { config } = target.checkpoint;
    const budget = new RequestBudget(context.maxRequestBytes);
    const parts = {
      windows: new WindowParts(config, budget),
      heldOutWindows: new WindowParts(config, budget, 'held_out_windows'),
    };
    for await (const chunk of chunks) parts[chunk.$case].add(chunk.value);
    const tried = { method, ridge, windows: parts.windows.finish(), heldOut: parts.heldOutWindows.finish() };
    for await (const trial of withSignsOfLife(header, context.session.recover(target, tried, signal))) {
      yield trial === ALIVE ? { trial: undefined, signOfLife: true } : { trial: packTrial(trial) };
    }
  });
}
