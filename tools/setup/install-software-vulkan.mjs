import { existsSync, readFileSync } from 'node:fs';
import { readCommand, runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1'];
const BACKPORTS_LIST = '/etc/apt/sources.list.d/bonsai-backports.list';

/** Fields of /etc/os-release, without quotes. */
function osRelease() {
  if (!existsSync('/etc/os-release')) return {};
  const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .map((line) => /^(\w+)="?(.*?)"?$/.exec(line))
      .filter(Boolean)
      .map(([, key, value]) => [key, value]),
  );
}

/**
 * What apt has to do. Debian 12 ships Mesa 22, on which Dawn finds no adapter; its backports have a newer one.
 * @param {string | undefined} codename of the distribution
 * @param {string} policy output of `apt-cache policy`: the sources that apt knows
 * @returns {{ source: string | undefined, install: string[] }} source: a line to add to apt's sources
 */
export function aptPlan(codename, policy) {
  if (codename !== 'bookworm') return { source: undefined, install: PACKAGES };
  const mirror = /(\S+:\/\/\S+) bookworm\/main/.exec(policy)?.[1] ?? 'http://deb.debian.org/debian';
  return {
    source: policy.includes('bookworm-backports') ? undefined : `deb ${mirror} bookworm-backports main`,
    install: ['-t', 'bookworm-backports', ...PACKAGES],
  };
}

/** The words that make a command run as administrator, or undefined where that would need a password. */
function administratorPrefix() {
  if (process.getuid?.() === 0) return [];
  return readCommand('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}

function commandsOf(plan) {
  const addSource = plan.source && ['sh', '-c', `echo '${plan.source}' > ${BACKPORTS_LIST}`];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...plan.install];
  return [...(addSource ? [addSource] : []), ['apt-get', 'update'], install];
}

const shown = (command) => (command[0] === 'sh' ? `sh -c "${command[2]}"` : command.join(' '));

/**
 * Installs Mesa's software Vulkan driver (lavapipe) with apt, saying so first.
 * @throws SetupError where it may not: the message has the commands to run by hand
 */
export function installSoftwareVulkan() {
  const release = osRelease();
  const usesApt = /debian|ubuntu/.test(`${release.ID} ${release.ID_LIKE}`) && readCommand('apt-get', ['--version']).ok;
  if (!usesApt) {
    throw new SetupError(
      'Install a Vulkan driver for your GPU, or the software driver lavapipe (package mesa-vulkan-drivers on Fedora, ' +
        'vulkan-swrast on Arch) and the Vulkan loader, then run this again.',
    );
  }
  const { output: policy } = readCommand('apt-cache', ['policy']);
  const commands = commandsOf(aptPlan(release.VERSION_CODENAME, policy));
  const prefix = administratorPrefix();
  if (prefix === undefined) {
    const lines = commands.map((command) => `  sudo ${shown(command)}`).join('\n');
    throw new SetupError(
      `Installing one needs administrator rights. Install the driver of your GPU, or a software driver:\n${lines}\n` +
        'Then run this again.',
    );
  }
  console.error(`Installing a software Vulkan driver (lavapipe): ${PACKAGES.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of commands) {
    console.error(`$ ${[...prefix, shown(command)].join(' ')}`);
    const [program = '', ...args] = [...prefix, ...command];
    if (!runCommand(program, args, { env })) {
      throw new SetupError('apt could not install the driver: see its messages above.');
    }
  }
}
