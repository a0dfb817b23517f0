import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BonsaiError, isErrorReason, parseJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/** The built entry point of the scoring service, which lies beside this one. */
const SCORER_MAIN = fileURLToPath(new URL('../../../scoring/dist/main.js', import.meta.url));

/** Opening a device takes seconds, even on a driver in software and a busy machine. */
const START_MILLISECONDS = 120_000;

export interface ScorerChildOptions {
  /** Where it listens. */
  readonly address: string;
  /** Directory whose checkpoints it serves. */
  readonly modelsRoot: string;
  /** Bytes of GPU memory that it may take. Default: as many as the driver gives. */
  readonly gpuMemory?: number | undefined;
  /** Part of the name of the GPU that it takes. Default: the fastest. */
  readonly adapter?: string | undefined;
  /** Whether it refuses a driver that computes on the CPU. Default: no. */
  readonly requireGpu?: boolean;
  /** Takes its log, line by line. */
  readonly log: (line: string) => void;
  /** Told about every start, once it takes calls. */
  readonly started?: (processId: number | undefined) => void;
  /** Told when one that took calls ended unasked, with its exit code or signal; it is started again. */
  readonly ended?: (how: string) => void;
  /** Told about the first failure in a row to start it again; its log says why, and it is tried further. */
  readonly startsInVain?: () => void;
  /** Script that Node runs. Default: the scoring service. */
  readonly script?: string;
  /** How long it may take until it takes calls. Default: two minutes. */
  readonly startMilliseconds?: number;
}

/** What a scorer says once it takes calls. */
export interface ReadyScorer {
  /** Whether its driver computes on the CPU. */
  readonly software: boolean;
}

export interface ScorerChild {
  readonly process: ChildProcess;
  /**
   * Resolves once it takes calls.
   * @throws BonsaiError with the scorer's own reason if it cannot start; SCORER_UNAVAILABLE if it ends without one, or takes too
   * long and is ended
   */
  readonly ready: Promise<ReadyScorer>;
}

/**
 * Starts a scorer as a child of this process. It watches its standard input, a pipe from here, and exits when that
 * closes: that happens however this process ends, kill -9 included. It has a process group of its own, so that Ctrl-C
 * reaches only the parent, who decides.
 * @returns at once, so that whoever waits for it can end it
 */
export function startScorerChild(options: ScorerChildOptions): ScorerChild {
  const { address, modelsRoot, gpuMemory, adapter, requireGpu = false, script = SCORER_MAIN } = options;
  const budget = gpuMemory === undefined ? [] : ['--gpu-memory', String(gpuMemory)];
  const gpu = adapter === undefined ? [] : ['--adapter', adapter];
  const hardware = requireGpu ? ['--require-gpu'] : [];
  const serve = ['--listen', address, '--models-root', modelsRoot, '--exit-with-parent'];
  const args = [script, ...serve, ...budget, ...gpu, ...hardware];
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    // Mesa's software drivers want a runtime folder, which containers and cron jobs do not have.
    env: { ...process.env, XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? tmpdir() },
  });
  return { process: child, ready: untilReady(child, options) };
}

async function untilReady(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  { log, started, startMilliseconds = START_MILLISECONDS }: ScorerChildOptions,
): Promise<ReadyScorer> {
  let failure: BonsaiError | undefined;
  createInterface(child.stderr).on('line', (line) => {
    failure = failureOf(line) ?? failure;
    log(line);
  });
  let deadline: NodeJS.Timeout | undefined;
  let ready: string;
  try {
    ready = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve);
      child.once('error', reject);
      child.once('close', (code, signal) => reject(failure ?? endedEarly(howEnded(code, signal))));
      deadline = setTimeout(() => {
        reject(tookTooLong(startMilliseconds));
        child.kill('SIGKILL');
      }, startMilliseconds);
    });
  } finally {
    clearTimeout(deadline);
  }
  started?.(child.pid);
  return { software: parseJsonObject(ready)?.['software'] === true };
}

export function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? `exit code ${String(code)}`;
}

/** The error that a scorer logs as its last word. */
function failureOf(line: string): BonsaiError | undefined {
  const { event, message, reason, field }: JsonObject = parseJsonObject(line) ?? {};
  if (event !== 'failed') return undefined;
  return new BonsaiError(typeof message === 'string' ? message : line, {
    code: 'FAILED_PRECONDITION',
    reason: typeof reason === 'string' && isErrorReason(reason) ? reason : 'SCORER_UNAVAILABLE',
    ...(typeof field === 'string' ? { field } : {}),
  });
}

function endedEarly(how: string): BonsaiError {
  return unavailable(`The scorer ended before it took calls (${how}); its log says more.`);
}

function tookTooLong(milliseconds: number): BonsaiError {
  const what = `The scorer took no calls within ${milliseconds / 1000} seconds and was ended`;
  return unavailable(`${what}; its log says how far it came. If the GPU's driver hangs, restart the machine.`);
}

function unavailable(message: string): BonsaiError {
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SCORER_UNAVAILABLE' });
}
