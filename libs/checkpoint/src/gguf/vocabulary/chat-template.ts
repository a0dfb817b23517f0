import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import { TOKENIZER_CONFIG_FILE } from '../../tokenizer/tokenizer-file.ts';
import { text } from '../gguf-value.ts';
import type { VocabularyModel } from './vocabulary.ts';

const TEMPLATE_FILE = 'chat_template.jinja';
const DEFAULT = 'default';
const NOT_CARRIED = `The GGUF file has no chat template, because that of ${TOKENIZER_CONFIG_FILE}`;

/**
 * The chat template, which llama.cpp reads one of: the file of its own, which counts for more than tokenizer_config.json, as in
 * transformers; of several the default.
 */
export async function chatTemplate(directory: string, tokenizerConfig: JsonObject): Promise<VocabularyModel> {
  const file = await readFile(join(directory, TEMPLATE_FILE), 'utf8').catch(() => undefined);
  const templates = namedTemplates(file ?? tokenizerConfig['chat_template'] ?? []);
  if (templates === undefined) return { entries: [], notes: [`${NOT_CARRIED} is not in a form that is known.`] };
  if (templates.size === 0) return { entries: [], notes: [] };
  const template = templates.get(DEFAULT);
  const names = [...templates.keys()].filter((name) => name !== DEFAULT).join(', ');
  if (template === undefined) return { entries: [], notes: [`${NOT_CARRIED} has no default, but ${names}.`] };
  const notes = names === '' ? [] : [`GGUF files carry the default chat template only; ${names} is left out.`];
  return { entries: [['tokenizer.chat_template', text(template)]], notes };
}

/** By name; one that has none is the default. Undefined where they are written in another way. */
function namedTemplates(value: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof value === 'string') return new Map([[DEFAULT, value]]);
  if (!Array.isArray(value)) return undefined;
  const templates = new Map<string, string>();
  for (const entry of value) {
    if (!isJsonObject(entry)) return undefined;
    const { name, template } = entry;
    if (typeof name !== 'string' || typeof template !== 'string') return undefined;
    templates.set(name, template);
  }
  return templates;
}
