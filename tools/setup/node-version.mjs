import { SetupError } from './setup-error.mjs';

const OLDEST = [20, 19];

/** @throws SetupError when Node is older than the oldest supported version */
export function checkNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new SetupError(`Bonsai needs Node ${OLDEST.join('.')} or newer, this is ${version}: install a newer Node.`);
  }
}
