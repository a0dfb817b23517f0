import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SCORING_MAIN } from '@bonsai/scoring';

export const demoModels = fileURLToPath(new URL('../../tools/demo', import.meta.url));

export interface ScorerProcess {
  readonly child: ChildProcess;
  /** The line that says that calls are taken; rejects if the process ends before. */
  readonly ready: Promise<{ readonly address: string; readonly pid: number }>;
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
}

/** Starts the scoring service as a process of its own; its standard input is a pipe that this process holds. */
export function startScorerProcess(args: readonly string[]): ScorerProcess {
  const child = spawn(process.execPath, [SCORING_MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stderr), once(child, 'close')]).then(([log]) => ({
    code: child.exitCode,
    log,
  }));
  const line = once(createInterface(child.stdout), 'line').then(([first]: unknown[]) => String(first));
  const early = ended.then(({ code, log }) => Promise.reject(new Error(`the scorer ended with ${code}: ${log}`)));
  const ready = Promise.race([line, early]).then((first) => JSON.parse(first) as { address: string; pid: number });
  // Some tests want it to end; then nobody waits for it to be ready.
  ready.catch(() => undefined);
  early.catch(() => undefined);
  return { child, ready, ended };
}

/** Whether a process of that number runs. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
