import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What belongs to a checkpoint and does not change when it is pruned: tokenizer, generation settings, licence. */
const COMPANIONS: ReadonlySet<string> = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'generation_config.json',
]);

const LEGAL = /^(licen[cs]e|notice|use_policy)/i;

export async function copyCompanions(from: string, to: string): Promise<void> {
  const names = (await readdir(from, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && (COMPANIONS.has(entry.name) || LEGAL.test(entry.name)))
    .map((entry) => entry.name);
  for (const name of names) await copyFile(join(from, name), join(to, name));
}
