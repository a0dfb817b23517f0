import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

export const bonsaiProgram = fileURLToPath(new URL('../../tools/cli/bin/bonsai.mjs', import.meta.url));

export const demoModel = fileURLToPath(new URL('../../tools/demo/sotu-3M', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

const started = new Set<ChildProcess>();
// A test that fails half-way must not leave its processes behind.
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Starts a real `bonsai` process, without a terminal. */
export function startBonsai(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [bonsaiProgram, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  started.add(child);
  const outcome = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(([out, err]) => ({
    code: child.exitCode,
    out,
    err,
  }));
  return { process: child, outcome };
}

export function bonsai(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return startBonsai(args, env).outcome;
}

/** The document of a `--json` run: one line of JSON and nothing else. */
export function document(out: string): Record<string, unknown> {
  if (!/^\{.*\}\n$/.test(out)) throw new Error(`standard output is not one JSON document: ${out}`);
  const value: unknown = JSON.parse(out);
  return Object.fromEntries(Object.entries(value as object));
}
