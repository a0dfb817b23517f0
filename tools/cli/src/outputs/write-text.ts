import { writeFile } from 'node:fs/promises';
import { stageOutput } from '@bonsai/checkpoint';

/** Writes a text file, in place of one of that name; it appears when it is complete. @throws BonsaiError OUTPUT_FAILED */
export function writeText(path: string, text: string): Promise<void> {
  return stageOutput(path, { overwrite: true }, (staged) => writeFile(staged, text));
}
