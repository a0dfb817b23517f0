import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MethodRun } from './method-run.ts';

/** Everything that runs of one comparison have in common; runs under other conditions do not go into the same table. */
export type Conditions = Readonly<Record<string, string>>;

const FILE = 'runs.json';

/**
 * The runs that an interrupted comparison has finished, none where there was none.
 * @throws Error if what is there was made under other conditions
 */
export async function finishedRuns(folder: string, conditions: Conditions): Promise<MethodRun[]> {
  const path = join(folder, FILE);
  if (!existsSync(path)) return [];
  const record = JSON.parse(await readFile(path, 'utf8')) as { conditions: Conditions; runs: MethodRun[] };
  if (JSON.stringify(record.conditions) !== JSON.stringify(conditions)) {
    throw new Error(`${folder} holds a comparison under other conditions; give another --out.`);
  }
  return record.runs;
}

/** Replaces the file as a whole, so that an interruption leaves the old one or the new one. */
export async function recordRuns(folder: string, conditions: Conditions, runs: readonly MethodRun[]): Promise<void> {
  // One run per line: such a file can be read, and compared with another.
  const lines = runs.map((run) => JSON.stringify(run)).join(',\n');
  await replaceFile(folder, FILE, `{"conditions": ${JSON.stringify(conditions, null, 1)},\n"runs": [\n${lines}\n]}\n`);
}

export async function replaceFile(folder: string, name: string, content: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
