import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * Compares what npm says it installed (its hidden lock file) with what the lock file asks for: modification times would
 * not survive a fresh clone. Optional packages of other platforms may be absent.
 */
function installedAsLocked() {
  const hiddenLock = join(repositoryRoot, 'node_modules/.package-lock.json');
  if (!existsSync(hiddenLock)) return false;
  const installed = packagesOf(hiddenLock);
  return Object.entries(packagesOf(join(repositoryRoot, 'package-lock.json'))).every(
    ([path, { version, optional, extraneous }]) =>
      path === '' || extraneous || (path in installed ? installed[path].version === version : optional === true),
  );
}

/** Installs the locked npm packages unless they are there. */
export function installDependencies() {
  if (installedAsLocked()) return;
  console.error('Installing the npm packages of package-lock.json into node_modules ...');
  // Not `npm ci`, which would first remove all that is there already.
  const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!runCommand('npm', install)) {
    throw new SetupError('npm could not install the packages: check the network or the npm registry settings above.');
  }
}
