import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BonsaiError, cancelled } from '@bonsai/support';
import type { TimerMessage, TimerQuestion } from './timer-messages.ts';

/** The built entry point of the process that runs llama.cpp. */
const TIMER_MAIN = fileURLToPath(new URL('../../../dist/latency/llama-cpp/timer-main.js', import.meta.url));

/** A process that runs llama.cpp and is asked one thing at a time. */
export class LlamaCppTimer {
  /** Version and device. */
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  private constructor(child: ChildProcess, name: string, signal: AbortSignal) {
    this.#child = child;
    this.name = name;
    this.#signal = signal;
  }

  /** @throws BonsaiError LATENCY_RUNTIME_FAILED */
  static async start(signal: AbortSignal): Promise<LlamaCppTimer> {
    const child = fork(TIMER_MAIN, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    try {
      const first = await messageOf(child, signal);
      if ('name' in first) return new LlamaCppTimer(child, first.name, signal);
      throw failed(`llama.cpp does not start`, 'failure' in first ? first.failure : 'it said something else');
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** @throws BonsaiError LATENCY_RUNTIME_FAILED for a model that llama.cpp does not run */
  async time(question: TimerQuestion): Promise<readonly number[]> {
    const answer = messageOf(this.#child, this.#signal);
    this.#child.send(question);
    const message = await answer;
    if ('seconds' in message) return message.seconds;
    throw failed('llama.cpp does not run the model', 'failure' in message ? message.failure : 'it started again');
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

function messageOf(child: ChildProcess, signal: AbortSignal): Promise<TimerMessage> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      child.off('message', onMessage).off('exit', onExit).off('error', reject);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onMessage = (message: unknown): void => settle(() => resolve(message as TimerMessage));
    const onExit = (code: number | null): void =>
      settle(() => reject(failed('llama.cpp ended', `exit code ${code ?? 'none'}`)));
    const onAbort = (): void =>
      settle(() => reject(cancelled('The measurement was cancelled.', { cause: signal.reason })));
    child.on('message', onMessage).on('exit', onExit).on('error', reject);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

function failed(what: string, why: string): BonsaiError {
  return new BonsaiError(`${what}: ${why}.`, {
    code: 'FAILED_PRECONDITION',
    reason: 'LATENCY_RUNTIME_FAILED',
    field: '--latency-runtime',
  });
}
