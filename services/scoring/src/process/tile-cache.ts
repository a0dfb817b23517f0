import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TileName, TuningSubject } from '@bonsai/kernels';
import { parseJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/**
 * Where choices are kept: BONSAI_CACHE_DIR, or `bonsai` in the cache folder of the XDG base directories; empty ones count as unset.
 * @param home throws for a user without one, for whom nothing is kept
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  home: () => string = homedir,
): string | undefined {
  const { BONSAI_CACHE_DIR: own = '', XDG_CACHE_HOME: caches = '' } = environment;
  if (own !== '') return own;
  if (caches !== '') return join(caches, 'bonsai');
  try {
    return join(home(), '.cache', 'bonsai');
  } catch {
    return undefined;
  }
}

/**
 * The fastest tile of a device, found out once and kept in `folder`, if there is one. What cannot be read is found out again; what
 * cannot be written is not kept, since no result depends on it.
 */
export async function cachedTile(subject: TuningSubject, folder: string | undefined): Promise<TileName | undefined> {
  if (folder === undefined) return subject.tune();
  const name = `tile-${createHash('sha256').update(subject.key).digest('hex')}.json`;
  const path = join(folder, name);
  const known = await read(path, subject.key);
  if (known !== undefined) return known;
  const tile = await subject.tune();
  if (tile !== undefined) await write(folder, path, JSON.stringify({ key: subject.key, tile }));
  return tile;
}

async function read(path: string, key: string): Promise<TileName | undefined> {
  try {
    const entry: JsonObject = parseJsonObject(await readFile(path)) ?? {};
    return entry['key'] === key && isTileName(entry['tile']) ? entry['tile'] : undefined;
  } catch {
    return undefined;
  }
}

function isTileName(value: unknown): value is TileName {
  return typeof value === 'string' && /^\d+x\d+$/.test(value);
}

/** A reader sees the whole entry or none. */
async function write(folder: string, path: string, content: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(part, content);
    await rename(part, path);
  } catch {
    // A cache in a read-only place costs a second at the next start.
  }
}
