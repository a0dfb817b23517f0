import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, bonsaiProgram, demoModel } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();

/** What a person at a terminal sees of a command, all of it: `script` of util-linux runs it on a pseudoterminal. */
async function onTerminal(command: readonly string[]): Promise<string> {
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const { stdout } = await promisify(execFile)('script', ['-qec', quoted, '/dev/null']);
  return stdout;
}

it('shows on a terminal how far an evaluation is, and leaves only the result', async () => {
  const windows = Array.from({ length: 48 }, (_, i) => Array.from({ length: 256 }, (_, j) => (31 * i + j) % 2048));
  await writeFile(scratch.path('windows.json'), JSON.stringify({ windows }));
  const files = ['--windows', scratch.path('windows.json')];
  const seen = await onTerminal([process.execPath, bonsaiProgram, 'eval', '--model', demoModel, ...files]);
  const lines = seen.split('\r\u001b[2K').map((line) => line.trim());
  expect(lines).toContain('windows 0 of 48');
  expect(lines).toContainEqual(expect.stringMatching(/^windows [1-9]\d* of 48/));
  expect(lines.at(-1)).toMatch(/^perplexity[^]+12240 tokens predicted in 48 windows$/);
});

it('says on a terminal, once, that no GPU answered where the CPU computes', async () => {
  await writeFile(scratch.path('window.json'), JSON.stringify({ windows: [[1, 2, 3]] }));
  const evaluation = ['eval', '--model', demoModel, '--windows', scratch.path('window.json')];
  const seen = await onTerminal([process.execPath, bonsaiProgram, ...evaluation]);
  const { out } = await bonsai(['doctor', '--json']);
  const times = out.includes('"software":true') ? 1 : 0;
  expect(seen.match(/No GPU answered/g) ?? []).toHaveLength(times);
});
