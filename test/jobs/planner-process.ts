import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PLANNER_MAIN = fileURLToPath(new URL('../../services/planner/dist/main.js', import.meta.url));
const DEMO_MODELS = fileURLToPath(new URL('../../tools/demo', import.meta.url));

const OWN_SCORER = ['--models-root', DEMO_MODELS];

/** A real planner process; its scorer, its own unless told otherwise, is a real process too. */
export class PlannerProcess {
  readonly address: string;
  /** Process ids of all scorers that it has started, the living one last. */
  readonly scorers: readonly number[];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, address: string, scorers: readonly number[]) {
    this.#process = process;
    this.address = address;
    this.scorers = scorers;
  }

  static async start(address: string, store: string, scoring: readonly string[] = OWN_SCORER): Promise<PlannerProcess> {
    const args = ['--listen', address, '--store', store, ...scoring];
    // One that is killed leaves the folder of its scorer's socket behind; so it goes with the store's.
    const env = { ...process.env, TMPDIR: dirname(store) };
    const child = spawn(process.execPath, [PLANNER_MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const scorers: number[] = [];
    const log: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      const started = /"event":"scorer started","pid":(\d+)/.exec(line);
      if (started !== null) scorers.push(Number(started[1]));
    });
    const ready: unknown[] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'close').then(() => Promise.reject(new Error(log.join('\n')))),
    ]);
    const bound = /"address":"([^"]+)"/.exec(String(ready[0]))?.[1];
    if (bound === undefined) throw new Error(`no ready line: ${String(ready[0])}`);
    return new PlannerProcess(child, bound, scorers);
  }

  /** kill -9: the process gets no chance to say or save anything. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'close');
  }

  /** @returns exit code */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return this.#process.exitCode;
    this.#process.kill('SIGTERM');
    await once(this.#process, 'close');
    return this.#process.exitCode;
  }
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
