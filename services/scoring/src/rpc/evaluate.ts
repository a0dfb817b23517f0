import { emptySet } from '@bonsai/pruning';
import { MEASUREMENTS } from '@bonsai/rpc';
import type { CallContext, scoringProto } from '@bonsai/rpc';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/alive.ts';
import { readHeader } from './read-header.ts';
import { readWindows } from './read-windows.ts';
import { withSignsOfLife } from './signs-of-life.ts';

/** Reads header and windows to their end, then streams the windows' scores. */
export async function* evaluate(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.EvaluateRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.EvaluateResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  const measurement = MEASUREMENTS.toDomainOr(header.metric, 'nll', 'header.metric');
  yield* withTarget(context, header, async function* ({ target, units }) {
    const { recovered, windows } = await readWindows(context, header, target, chunks);
    const noMask = { count: 1, at: () => emptySet(units) };
    const work = { windows, masks: noMask, measurement };
    for await (const part of withSignsOfLife(header, context.session.evaluate(recovered, work, signal))) {
      if (part === ALIVE) yield { windowIndex: 0, score: undefined, signOfLife: true };
      else for (const [i, score] of part.losses.entries()) yield { windowIndex: part.firstWindow + i, score };
    }
  });
}
