import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DEMO_MODEL = fileURLToPath(new URL('../../../tools/demo/sotu-3M', import.meta.url));

interface Reference {
  readonly windows: readonly (readonly number[])[];
  readonly nll_sum: readonly number[];
}

/** Windows of held-out text with the NLL sums of an independent float64 PyTorch forward. */
export async function demoReference(): Promise<Reference> {
  return JSON.parse(await readFile(join(DEMO_MODEL, 'reference.json'), 'utf8')) as Reference;
}

/** Two short windows: the comparisons are per token, so that more would only take longer. */
export async function demoWindows(): Promise<Uint32Array[]> {
  const { windows } = await demoReference();
  return windows.slice(0, 2).map((window) => Uint32Array.from(window.slice(0, 32)));
}
