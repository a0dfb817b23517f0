import { readFile } from 'node:fs/promises';
import { BonsaiError } from '@bonsai/support';

/** A UTF-8 text file. @throws BonsaiError TEXT_EMPTY naming the option when there is nothing to read */
export async function readText(path: string, option: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BonsaiError(`The file ${path} cannot be read; check the path.`, {
      code: 'NOT_FOUND',
      reason: 'TEXT_EMPTY',
      field: option,
      cause,
    });
  });
  if (text.trim() !== '') return text;
  throw new BonsaiError(`The file ${path} has no text in it; give a file with text.`, {
    code: 'INVALID_ARGUMENT',
    reason: 'TEXT_EMPTY',
    field: option,
  });
}
