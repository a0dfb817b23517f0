import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { openDevice } from './open-device.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** Runs a script against the built package: the Vulkan loader reads the environment of the process, once. */
async function inProcess(script: string, environment: Record<string, string> = {}): Promise<string> {
  const program = `const { openDevice } = await import('@bonsai/gpu'); ${script}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: packageFolder,
    env: { ...process.env, ...environment },
    timeout: 30_000,
  });
  return stdout.trim();
}

describe('openDevice', () => {
  it('fails where there is no driver, and says what to install', async () => {
    const script = `try { await openDevice(); console.log('opened'); }
      catch (error) { console.log(error.code, error.reason, error.message); }`;
    const output = await inProcess(script, { VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' });
    expect(output).toMatch(/^FAILED_PRECONDITION ADAPTER_NOT_FOUND /);
    for (const hint of ['bookworm-backports', 'mesa-vulkan-drivers', 'VK_ICD_FILENAMES', 'XDG_RUNTIME_DIR']) {
      expect(output).toContain(hint);
    }
  });

  it('does not open another adapter than the one named', async () => {
    await expect(openDevice({ adapter: 'no such adapter' })).rejects.toMatchObject({
      reason: 'ADAPTER_NOT_FOUND',
      message: expect.stringMatching(/'no such adapter'.*Available adapters:/s),
    });
  });

  it.each(['await device.dispose();', ''])('lets the process end by itself: %p', async (end) => {
    const output = await inProcess(`const device = await openDevice(); ${end} console.log('done');`);
    expect(output).toBe('done');
  });
});
