import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installSoftwareVulkan } from './install-software-vulkan.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { readCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Description files of Mesa's lavapipe; distributions name them lvp_icd.json or lvp_icd.x86_64.json. */
const lavapipeDrivers = () =>
  DRIVER_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^lvp_icd.*\.json$/.test(name))
      .map((name) => join(folder, name)),
  );

/**
 * Whether an adapter answers in a process of this environment; in a child, because a broken driver may crash.
 * @param {NodeJS.ProcessEnv} env
 */
const adapterAnswers = (env) =>
  readCommand(process.execPath, [join(repositoryRoot, 'tools/setup/probe-adapter.mjs')], { env }).ok;

/** The first environment in which an adapter answers: the machine's own choice of driver, then each lavapipe. */
function workingEnvironment(base) {
  const candidates = [base, ...lavapipeDrivers().map((driver) => ({ ...base, VK_ICD_FILENAMES: driver }))];
  return candidates.find(adapterAnswers);
}

/**
 * The environment to run GPU work in. Installs a software driver when no adapter answers and the account may do so.
 * @returns {NodeJS.ProcessEnv}
 * @throws SetupError with what to do by hand
 */
export function vulkanEnvironment() {
  // Mesa's software drivers want a runtime folder, which containers and cron jobs do not have.
  const base = { ...process.env, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
  const found = workingEnvironment(base);
  if (found) return found;
  console.error('No Vulkan adapter was found.');
  installSoftwareVulkan();
  const installed = workingEnvironment(base);
  if (installed) return installed;
  throw new SetupError(
    'A software Vulkan driver is installed, but no adapter answers: Mesa 23.1 or newer is needed. ' +
      'Run `npx bonsai doctor` for details.',
  );
}
