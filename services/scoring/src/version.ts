import { readFileSync } from 'node:fs';

/** Of this service, from its package.json. */
export const VERSION = readVersion(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

function readVersion(packageJson: string): string {
  const parsed: unknown = JSON.parse(packageJson);
  const isPackage = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  if (!isPackage || typeof parsed.version !== 'string') throw new Error('package.json states no version');
  return parsed.version;
}
