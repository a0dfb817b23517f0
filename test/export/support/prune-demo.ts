import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import type { TemporaryDirectory } from '@bonsai/support/testing';
import { bonsai } from '../../cli/bonsai-process.ts';
import { DEMO_MODEL } from './demo-model.ts';

/** Any English text will do. */
const text = fileURLToPath(new URL('../../../LICENSE', import.meta.url));

/** Prunes the demo's model by the prior in two rounds, on little text. @returns where plan and models lie */
export async function pruneDemo(work: TemporaryDirectory, options: readonly string[]): Promise<string> {
  const out = work.path('out');
  const { code, err } = await bonsai([
    ...['prune', '--model', DEMO_MODEL, '--calibration', text, '--calibration-windows', '8', '--context', '64'],
    ...['--method', 'prior-only', '--rounds', '2', '--windows', '2'],
    ...[...options, '--store', work.path('jobs.sqlite'), '--json', '--out', out],
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}
