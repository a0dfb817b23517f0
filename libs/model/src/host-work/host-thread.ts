import { phasesOf } from './host-work.ts';
import type { HostWork } from './host-work.ts';

/** What a thread is handed: its arrays are shared, so that only their places travel. */
export interface HostPart {
  readonly work: HostWork;
  readonly phase: number;
  readonly part: number;
}

/** What the threads of {@link onThreads} run. */
export default function runPart({ work, phase, part }: HostPart): void {
  phasesOf(work).phase(phase).run(part);
}
