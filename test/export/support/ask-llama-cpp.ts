import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const REFEREE = fileURLToPath(new URL('./llama-cpp-referee.mjs', import.meta.url));

export interface RefereeAnswer {
  /** NLL in nats of tokens 1, 2, ... of every window. */
  readonly nll: readonly (readonly number[])[];
  /** Ids of every text, nothing put before it. */
  readonly tokens: readonly (readonly number[])[];
}

/** What llama.cpp makes of a GGUF file. A process of its own, because llama.cpp aborts on files that it does not like. */
export async function askLlamaCpp(question: {
  readonly model: string;
  readonly windows?: readonly Uint32Array[];
  readonly texts?: readonly string[];
}): Promise<RefereeAnswer> {
  const { model, windows = [], texts = [] } = question;
  const child = spawn(process.execPath, [REFEREE], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ model, windows: windows.map((window) => Array.from(window)), texts }));
  const exit = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? String(code)));
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (status !== '0') throw new Error(`llama.cpp ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RefereeAnswer;
}
