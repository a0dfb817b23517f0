import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BonsaiError, parseJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import { pointerProblem } from '../pointer-problem.ts';

export const TOKENIZER_FILE = 'tokenizer.json';
export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

/** One of the tokenizer's JSON files; undefined where there is none. @throws BonsaiError TOKENIZER_INVALID */
export async function readTokenizerFile(directory: string, name: string): Promise<JsonObject | undefined> {
  const bytes = await readFile(join(directory, name)).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const value = parseJsonObject(bytes);
  if (value !== undefined) return value;
  const message = `${name} of ${directory} is not a JSON object; download it again.`;
  throw invalidTokenizer(name, pointerProblem(bytes, `${name} of ${directory}`) ?? message);
}

export function invalidTokenizer(field: string, message: string, cause?: unknown): BonsaiError {
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'TOKENIZER_INVALID', field, cause });
}
