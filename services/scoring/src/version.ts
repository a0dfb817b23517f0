import { readFileSync } from 'node:fs';
import { parseJsonObject } from '@bonsai/support';

/** Of this service, from its package.json. */
export const VERSION = readVersion(readFileSync(new URL('../package.json', import.meta.url)));

function readVersion(packageJson: Uint8Array): string {
  const version = parseJsonObject(packageJson)?.['version'];
  if (typeof version !== 'string') throw new Error('package.json states no version');
  return version;
}
