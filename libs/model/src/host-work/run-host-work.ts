import { throwIfCancelled } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import type { Phases } from '../linear-algebra/phases.ts';
import { phasesOf } from './host-work.ts';
import type { HostWork } from './host-work.ts';
import { onThreads } from './on-threads.ts';

/** Multiplications of work that is done before threads would be of use: some half a second of one. */
const SHORT = 5e8;

/**
 * Leaves the rest of the process its turns, so that a service answers meanwhile. Tells of parts where it takes longer than a moment.
 * @throws BonsaiError CANCELLED
 */
export async function runHostWork(work: HostWork, caller: Caller = {}): Promise<void> {
  if (work.multiplications < SHORT) await inTurns(phasesOf(work), caller.signal);
  else await onThreads(work, caller);
}

/**
 * On this thread. Between parts the rest of the process has its turn: every few milliseconds of short work, unless blocks are very wide.
 * @throws BonsaiError CANCELLED
 */
export async function inTurns(phases: Phases, signal: AbortSignal | undefined): Promise<void> {
  for (let index = 0; index < phases.count; index++) {
    const phase = phases.phase(index);
    for (let part = 0; part < phase.parts; part++) {
      phase.run(part);
      await new Promise<void>((resolve) => setImmediate(resolve));
      throwIfCancelled(signal);
    }
  }
}
