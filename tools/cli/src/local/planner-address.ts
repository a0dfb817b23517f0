import { readFile, rm, writeFile } from 'node:fs/promises';
import type { CleanUp } from './clean-up.ts';

/** A planner owns its store alone; beside it lies where to find that planner, so that a second terminal can ask it. */
const addressFile = (store: string): string => `${store}.address`;

export async function announcePlanner(store: string, address: string, cleanUp: CleanUp): Promise<void> {
  await writeFile(addressFile(store), address);
  cleanUp.add(() => rm(addressFile(store), { force: true }));
}

/** Undefined where no planner has said that it runs. */
export function announcedPlanner(store: string): Promise<string | undefined> {
  return readFile(addressFile(store), 'utf8').catch(() => undefined);
}
