import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';

/**
 * Runs a command with its output on this terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options] by default in the root of the checkout
 * @returns {boolean} whether it ended with exit code 0
 */
export function runCommand(command, args, options) {
  return spawnSync(command, args, { cwd: repositoryRoot, stdio: 'inherit', ...options }).status === 0;
}

/** The same for a program that an npm package of this workspace brings. */
export function runTool(name, args, options) {
  return runCommand(join(repositoryRoot, 'node_modules/.bin', name), args, options);
}

/**
 * Runs a command and keeps its output.
 * @returns {{ ok: boolean, output: string }} output holds stdout, then stderr
 */
export function readCommand(command, args, options) {
  const result = spawnSync(command, args, { cwd: repositoryRoot, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}
