import type { recoveryProto, scoringProto } from '@bonsai/rpc';
import type { ScoringContext } from '../scoring-context.ts';
import type { ModelTarget } from '../session/model-target.ts';
import { RecoveryParts } from './recovery-parts.ts';
import { RequestBudget } from './request-budget.ts';
import { WindowParts } from './window-parts.ts';

/** The messages after the header of a request that brings windows alone. */
interface Chunk {
  readonly $case: 'windows' | 'recoveryWindows';
  readonly value: scoringProto.WindowChunk;
}

/** What a request asks to run, to its end. */
export interface ReadWindows {
  /** The target, recovered if the request says so. */
  readonly recovered: ModelTarget;
  readonly windows: readonly Uint32Array[];
}

/** @throws BonsaiError of {@link WindowParts} and {@link RecoveryParts} */
export async function readWindows(
  { maxRequestBytes }: ScoringContext,
  { recovery }: { readonly recovery: recoveryProto.Recovery | undefined },
  target: ModelTarget,
  chunks: AsyncIterable<Chunk>,
): Promise<ReadWindows> {
  const { config } = target.checkpoint;
  const budget = new RequestBudget(maxRequestBytes);
  const parts = {
    windows: new WindowParts(config, budget),
    recoveryWindows: new RecoveryParts(recovery, config, budget),
  };
  for await (const chunk of chunks) parts[chunk.$case].add(chunk.value);
  return { recovered: parts.recoveryWindows.finish(target), windows: parts.windows.finish() };
}
