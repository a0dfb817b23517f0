import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/bonsai.mjs', import.meta.url));

/** Runs a command line as a user would, with its progress on this terminal; resolves to its JSON document. */
export async function runBonsai(args: readonly string[]): Promise<unknown> {
  process.stderr.write(`\n$ npx bonsai ${args.join(' ')}\n`);
  const child = spawn(process.execPath, [program, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`bonsai ${args[0]} ended with exit code ${child.exitCode}`);
  return JSON.parse(output);
}
