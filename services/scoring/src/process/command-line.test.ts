import { describe, expect, it } from '@jest/globals';
import { parseCommandLine } from './command-line.ts';

describe('the command line', () => {
  it('needs the root only', () => {
    expect(parseCommandLine(['--models-root', 'models'])).toEqual({
      listen: '127.0.0.1:50051',
      modelsRoot: 'models',
      gpuMemory: undefined,
      precision: undefined,
      adapter: undefined,
      requireGpu: false,
      matrixUnits: true,
      exitWithParent: false,
    });
  });

  it('takes every option', () => {
    const args = ['--models-root=m', '--listen=unix:/s', '--gpu-memory=8GiB', '--precision=bf16', '--no-matrix-units'];
    expect(parseCommandLine([...args, '--adapter=RTX', '--require-gpu', '--exit-with-parent'])).toEqual({
      listen: 'unix:/s',
      modelsRoot: 'm',
      gpuMemory: 8 * 2 ** 30,
      precision: 'bf16',
      adapter: 'RTX',
      requireGpu: true,
      matrixUnits: false,
      exitWithParent: true,
    });
  });

  it.each([
    ['1024', 1024],
    ['512MiB', 512 * 2 ** 20],
    ['1.5 GiB', 1.5 * 2 ** 30],
  ])('reads the size %s', (text, bytes) => {
    expect(parseCommandLine(['--models-root=m', `--gpu-memory=${text}`])?.gpuMemory).toBe(bytes);
  });

  it.each([
    [['--listen', 'x:1'], '--models-root'],
    [['--models-root=m', '--gpu-memory=8GB'], '--gpu-memory'],
    [['--models-root=m', '--gpu-memory=0'], '--gpu-memory'],
    [['--models-root=m', '--precision=f8'], '--precision'],
    [['--models-root=m', '--colour'], undefined],
    [['--models-root=m', 'surplus'], undefined],
  ])('refuses %j', (args, field) => {
    expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ reason: 'SETTING_INVALID', field }));
  });

  it('only explains itself when asked for help', () => {
    expect(parseCommandLine(['--help'])).toBeUndefined();
  });
});
