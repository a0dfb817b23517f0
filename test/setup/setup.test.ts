import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const folder = fileURLToPath(new URL('../../tools/setup', import.meta.url));

/** What a set-up module answers in a process of its own: set-up is plain JavaScript that runs before anything is installed. */
function ask(module: string, expression: string): { status: number | null; answer: unknown; err: string } {
  const code = `import * as m from './${module}'; process.stdout.write(JSON.stringify(${expression}) ?? '');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    encoding: 'utf8',
  });
  // A build writes its own lines first.
  const answer = stdout.trimEnd().split('\n').at(-1) ?? '';
  return { status, answer: answer === '' ? undefined : JSON.parse(answer), err: stderr };
}

describe('set-up', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('accepts Node %s', (version) => {
    expect(ask('node-version.mjs', `m.checkNodeVersion('${version}')`).status).toBe(0);
  });

  it.each(['18.20.0', '20.18.9', '4.0.0'])('refuses Node %s and names the version it needs', (version) => {
    const { status, err } = ask('node-version.mjs', `m.checkNodeVersion('${version}')`);
    expect(status).toBe(1);
    expect(err).toContain('Node 20.19 or newer');
  });

  it('takes the driver of Debian 12 from backports, which it adds from the mirror in use', () => {
    const policy = ' 500 http://mirror.example/debian bookworm/main amd64 Packages';
    expect(ask('install-software-vulkan.mjs', `m.aptPlan('bookworm', '${policy}')`).answer).toEqual({
      source: 'deb http://mirror.example/debian bookworm-backports main',
      install: ['-t', 'bookworm-backports', 'mesa-vulkan-drivers', 'libvulkan1'],
    });
  });

  it('adds no source that is there, and none where the distribution has a driver that is new enough', () => {
    const policy = ' 100 http://mirror.example/debian bookworm-backports/main amd64 Packages';
    const known = ask('install-software-vulkan.mjs', `m.aptPlan('bookworm', '${policy}')`).answer;
    expect(known).not.toHaveProperty('source');
    expect(ask('install-software-vulkan.mjs', `m.aptPlan('trixie', '')`).answer).toEqual({
      install: ['mesa-vulkan-drivers', 'libvulkan1'],
    });
  });

  it('finds nothing to do the second time', () => {
    const setUp = `Object.keys(m.setUp()).includes('XDG_RUNTIME_DIR')`;
    expect(ask('setup.mjs', setUp).answer).toBe(true);
    const { status, err } = ask('setup.mjs', setUp);
    expect({ status, err }).toEqual({ status: 0, err: '' });
  });
});
