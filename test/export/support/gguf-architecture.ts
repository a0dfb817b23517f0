import { readFile } from 'node:fs/promises';

/** The value of general.architecture, which is a GGUF file's first entry here. */
export async function ggufArchitecture(path: string): Promise<string> {
  const bytes = await readFile(path);
  const key = 'general.architecture';
  const value = bytes.indexOf(key) + key.length + 4;
  const length = Number(bytes.readBigUInt64LE(value));
  return bytes.toString('utf8', value + 8, value + 8 + length);
}
