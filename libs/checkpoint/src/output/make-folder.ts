import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from './output-errors.ts';

/**
 * Makes a folder with those above it that are not there. The recursive mkdir of Node never ends below a folder that takes none
 * and says ENOENT, such as /proc.
 * @param path absolute
 * @returns the first folder that was made; undefined if all are there
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return (await makeOne(path)) ? path : undefined;
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
  }
  const first = await makeFolder(dirname(path));
  // If this says ENOENT again, it is not for want of a folder above.
  const isMade = await makeOne(path);
  return first ?? (isMade ? path : undefined);
}

/** @returns whether it was made; else it is there */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    throw error;
  }
}
