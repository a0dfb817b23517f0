import { describe, expect, it } from '@jest/globals';
import { defaultStore, parseCommandLine } from './command-line.ts';

const folders = { home: '/home/ann', state: undefined };

describe('the command line', () => {
  it('fills in defaults', () => {
    expect(parseCommandLine(['--models-root', 'models'], folders)).toEqual({
      listen: '127.0.0.1:50052',
      store: '/home/ann/.local/state/bonsai/planner.sqlite',
      scorers: { modelsRoot: 'models', gpuMemory: undefined },
      concurrentJobs: 2,
      scorersPerJob: 1,
      scorerSilenceSeconds: 600,
      continueJobs: false,
    });
  });

  it('takes every option', () => {
    const args =
      '--listen unix:/p --store s --scorers dns:///n:1 --concurrent-jobs 5 --scorers-per-job 8 --scorer-silence 30 --metric-module m.mjs --continue-jobs'.split(
        ' ',
      );
    expect(parseCommandLine(args, folders)).toEqual({
      listen: 'unix:/p',
      store: 's',
      scorers: { address: 'dns:///n:1' },
      concurrentJobs: 5,
      scorersPerJob: 8,
      scorerSilenceSeconds: 30,
      metricModule: 'm.mjs',
      continueJobs: true,
    });
  });

  it('takes a budget and a GPU for a scorer of its own', () => {
    const args = ['--models-root', 'm', '--gpu-memory', '1.5GiB', '--adapter', 'RTX'];
    const own = { modelsRoot: 'm', gpuMemory: 1.5 * 2 ** 30, adapter: 'RTX' };
    expect(parseCommandLine(args, folders)?.scorers).toEqual(own);
  });

  it('keeps the store where the desktop standard says', () => {
    expect(defaultStore({ home: '/home/ann', state: '/state' })).toBe('/state/bonsai/planner.sqlite');
    expect(defaultStore({ home: '/home/ann', state: '' })).toBe('/home/ann/.local/state/bonsai/planner.sqlite');
  });

  it('only helps when asked for help', () => {
    expect(parseCommandLine(['--help'], folders)).toBeUndefined();
  });

  it.each([
    [[], '--scorers'],
    [['--scorers', 'a:1', '--models-root', 'm'], '--scorers'],
    [['--scorers', 'a:1', '--gpu-memory', '8GiB'], '--gpu-memory'],
    [['--models-root', 'm', '--gpu-memory', '8GB'], '--gpu-memory'],
    [['--scorers', 'a:1', '--adapter', 'RTX'], '--adapter'],
    [['--scorers', 'a:1', '--concurrent-jobs', '0'], '--concurrent-jobs'],
    [['--scorers', 'a:1', '--scorers-per-job', '0'], '--scorers-per-job'],
    [['--scorers', 'a:1', '--scorer-silence', 'never'], '--scorer-silence'],
    [['--surprise'], undefined],
  ])('refuses %j', (args, field) => {
    expect(() => parseCommandLine(args, folders)).toThrow(
      expect.objectContaining({ reason: 'SETTING_INVALID', field }),
    );
  });
});
