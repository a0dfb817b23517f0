import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const UNIX = 'unix:';

/** A planner owns its store alone; beside it lies where to find that planner, so that a second terminal can ask it. */
const addressFile = (store: string): string => `${store}.address`;

export async function announcePlanner(store: string, address: string): Promise<void> {
  await writeFile(addressFile(store), fromAnyFolder(address));
}

export async function withdrawPlanner(store: string): Promise<void> {
  await rm(addressFile(store), { force: true });
}

/** Where the planner that holds the store says it is; undefined where none has said so. */
export function announcedPlanner(store: string): Promise<string | undefined> {
  return readFile(addressFile(store), 'utf8').catch(() => undefined);
}

/** The path of a socket may be relative to the folder that the planner was started in. */
function fromAnyFolder(address: string): string {
  return address.startsWith(UNIX) ? `${UNIX}${path.resolve(address.slice(UNIX.length))}` : address;
}
