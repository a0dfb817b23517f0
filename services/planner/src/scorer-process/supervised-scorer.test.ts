import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { ScorerChildOptions } from './scorer-child.ts';
import { SupervisedScorer } from './supervised-scorer.ts';

const script = fileURLToPath(new URL('../testing/fake-scorer-main.mjs', import.meta.url));
const log = (): void => undefined;

/** What a scorer was started with, and started again after its death. */
async function optionsOfStarts(
  wanted: Pick<ScorerChildOptions, 'modelsRoot' | 'gpuMemory' | 'adapter'>,
): Promise<string[]> {
  let pid: number | undefined;
  const starts: string[] = [];
  let again = (): void => undefined;
  const restarted = new Promise<void>((resolve) => (again = resolve));
  const scorer = await SupervisedScorer.start({
    ...wanted,
    script,
    log: (line) => {
      if (line.startsWith('options ') && starts.push(line) === 2) again();
    },
    started: (started) => (pid ??= started),
  });
  process.kill(pid ?? 0, 'SIGKILL');
  await restarted;
  await scorer.stop();
  return starts;
}

describe('SupervisedScorer', () => {
  const temporary = useTemporaryDirectory();

  it('starts the scorer again when it dies, at the same address, and ends it at the end', async () => {
    const started: number[] = [];
    const endings: string[] = [];
    let again = (): void => undefined;
    const restarted = new Promise<void>((resolve) => (again = resolve));
    const scorer = await SupervisedScorer.start({
      modelsRoot: 'any',
      script,
      log,
      started: (pid) => {
        started.push(pid ?? 0);
        if (started.length === 2) again();
      },
      ended: (how) => endings.push(how),
    });
    const { address } = scorer;
    process.kill(started[0] ?? 0, 'SIGKILL');
    await restarted;
    expect(scorer.address).toBe(address);
    expect(started[1]).not.toBe(started[0]);
    await scorer.stop();
    expect(endings).toEqual(['SIGKILL']);
    expect(() => process.kill(started[1] ?? 0, 0)).toThrow('ESRCH');
    expect(existsSync(path.dirname(address.replace('unix:', '')))).toBe(false);
  });

  it('gives every start the same memory and the same GPU', async () => {
    const asked = expect.stringContaining('--gpu-memory 9 --adapter RTX');
    expect(await optionsOfStarts({ modelsRoot: 'any', gpuMemory: 9, adapter: 'RTX' })).toEqual([asked, asked]);
  });

  it('requires a GPU again where it began on one, and only there', async () => {
    const required = expect.stringContaining(' --require-gpu');
    const free = expect.not.stringContaining(' --require-gpu');
    expect(await optionsOfStarts({ modelsRoot: 'any' })).toEqual([free, required]);
    expect(await optionsOfStarts({ modelsRoot: 'software' })).toEqual([free, free]);
  });

  it('says once that it does not start again, while it is tried further and its log says why', async () => {
    let pid: number | undefined;
    let [failures, told] = [0, 0];
    let twice = (): void => undefined;
    const failedTwice = new Promise<void>((resolve) => (twice = resolve));
    const scorer = await SupervisedScorer.start({
      modelsRoot: 'losing its GPU',
      script,
      log: (line) => {
        if (/did not start again: .*There is no adapter/.test(line) && ++failures === 2) twice();
      },
      started: (started) => (pid = started),
      startsInVain: () => told++,
    });
    process.kill(pid ?? 0, 'SIGKILL');
    await failedTwice;
    await scorer.stop();
    expect(told).toBe(1);
  });

  it.each([
    ['software', true],
    ['any', false],
  ])('says whether its driver computes on the CPU: %s', async (modelsRoot, software) => {
    const scorer = await SupervisedScorer.start({ modelsRoot, script, log });
    expect(scorer.software).toBe(software);
    await scorer.stop();
  });

  it('says why the scorer cannot start, in its own words', async () => {
    await expect(SupervisedScorer.start({ modelsRoot: 'broken', script, log })).rejects.toMatchObject({
      reason: 'ADAPTER_NOT_FOUND',
      message: 'There is no adapter.',
    });
  });

  it('says so where the scorer starts and then does nothing', async () => {
    const hanging = { modelsRoot: 'hanging', script, log, startMilliseconds: 50 };
    await expect(SupervisedScorer.start(hanging)).rejects.toMatchObject({
      reason: 'SCORER_UNAVAILABLE',
      message: expect.stringContaining('no calls within 0.05 seconds'),
    });
  });

  it('ends a scorer that hangs as it is started again', async () => {
    let pid: number | undefined;
    let hangs: (child: number) => void = () => undefined;
    const hanging = new Promise<number>((resolve) => (hangs = resolve));
    const scorer = await SupervisedScorer.start({
      modelsRoot: temporary.path(),
      script,
      log: (line) => line.startsWith('hanging ') && hangs(Number(line.slice('hanging '.length))),
      started: (started) => (pid = started),
    });
    process.kill(pid ?? 0, 'SIGKILL');
    const second = await hanging;
    expect(() => process.kill(second, 0)).not.toThrow();
    await scorer.stop();
    expect(() => process.kill(second, 0)).toThrow('ESRCH');
  });
});
