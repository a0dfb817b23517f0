import type { WindowLoss } from '@bonsai/pruning';
import { MAX_MASK_WINDOWS, MEASUREMENTS } from '@bonsai/rpc';
import type { CallContext, scoringProto } from '@bonsai/rpc';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import { withTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { ALIVE } from '../session/alive.ts';
import { MaskParts } from './mask-parts.ts';
import { readHeader } from './read-header.ts';
import { RecoveryParts } from './recovery-parts.ts';
import { RequestBudget } from './request-budget.ts';
import { withSignsOfLife } from './signs-of-life.ts';
import { WindowParts } from './window-parts.ts';

/** Reads header, windows and masks to their end, then streams the masks' scores, each as soon as all its windows are known. */
export async function* evaluateMasks(
  context: ScoringContext,
  requests: AsyncIterable<scoringProto.EvaluateMasksRequest>,
  { signal }: CallContext,
): AsyncGenerator<scoringProto.EvaluateMasksResponse, void, undefined> {
  const { header, chunks } = await readHeader(requests);
  const measurement = MEASUREMENTS.toDomainOr(header.metric, 'nll', 'header.metric');
  yield* withTarget(context, header, async function* ({ target, units }) {
    const budget = new RequestBudget(context.maxRequestBytes);
    const windowParts = new WindowParts(target.checkpoint.config, budget);
    const maskParts = new MaskParts(units, target.cut, budget);
    const recoveryParts = new RecoveryParts(header.recovery, target.checkpoint.config, budget);
    for await (const chunk of chunks) {
      if (chunk.$case === 'masks') maskParts.add(chunk.value);
      else if (maskParts.count > 0) {
        throw invalidArgument('REQUEST_INVALID', 'windows', 'Send all windows before the first mask.');
      } else if (chunk.$case === 'windows') {
        windowParts.add(chunk.value);
        requireOneMessage(windowParts.windows.length, MAX_MASK_WINDOWS[measurement]);
      } else recoveryParts.add(chunk.value);
    }
    const recovered = recoveryParts.finish(target);
    const windows = windowParts.finish();
    const work = { windows, masks: maskParts.finish(), measurement };
    let losses: WindowLoss[] = [];
    for await (const part of withSignsOfLife(header, context.session.evaluate(recovered, work, signal))) {
      if (part === ALIVE) {
        yield { maskIndex: 0, windows: [], signOfLife: true };
        continue;
      }
      losses.push(...part.losses);
      if (losses.length < windows.length) continue;
      yield { maskIndex: part.mask, windows: losses };
      losses = [];
    }
  });
}

/** @throws BonsaiError REQUEST_TOO_LARGE */
function requireOneMessage(windowCount: number, most: number): void {
  if (windowCount <= most) return;
  throw new BonsaiError(`Masks are evaluated on at most ${most} windows; send fewer.`, {
    code: 'RESOURCE_EXHAUSTED',
    reason: 'REQUEST_TOO_LARGE',
    field: `windows[${most}]`,
  });
}
