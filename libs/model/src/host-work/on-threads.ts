import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import { throwIfCancelled } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import { phasesOf } from './host-work.ts';
import type { HostWork } from './host-work.ts';
import type { HostPart } from './host-thread.ts';

/** By the package's name, as threads run what is built, also for tests of the source. */
const ENTRY = createRequire(import.meta.url).resolve('@bonsai/model/host-thread');

/** Multiplications that are worth the start of a thread. */
const WORTH_A_THREAD = 1e8;

/** One per core. */
export function hostThreads(): number {
  return availableParallelism();
}

/**
 * Shares the parts of every phase out to {@link hostThreads}, or fewer where there is little to do. Threads are started for this work
 * and end with it, which takes some 50 ms. The bits are the same on however many.
 * @throws BonsaiError CANCELLED, and what a part throws
 */
export async function onThreads(work: HostWork, { signal, getsOn }: Caller = {}): Promise<void> {
  throwIfCancelled(signal);
  const threads = Math.min(hostThreads(), Math.ceil(work.multiplications / WORTH_A_THREAD));
  const pool = new Tinypool({ filename: ENTRY, minThreads: threads, maxThreads: threads });
  // What runs and what waits is rejected then.
  const cancel = (): void => void pool.destroy();
  signal?.addEventListener('abort', cancel);
  try {
    await runOn(pool, work, getsOn);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await pool.destroy();
  }
}

async function runOn(pool: Tinypool, work: HostWork, getsOn?: () => void): Promise<void> {
  const phases = phasesOf(work);
  for (let phase = 0; phase < phases.count; phase++) {
    const { parts } = phases.phase(phase);
    const all = Array.from({ length: parts }, (_, part): HostPart => ({ work, phase, part }));
    await Promise.all(all.map((part) => pool.run(part).then(getsOn)));
  }
}
