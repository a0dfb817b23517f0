import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { useTemporaryDirectory } from '../testing/temporary-directory.ts';
import { stageOutput } from './stage-output.ts';

const once = { overwrite: false };
const again = { overwrite: true };

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: from the system`), { code, errno: -1, syscall });
}

describe('stageOutput', () => {
  const temporary = useTemporaryDirectory();

  it('puts a file in place when it is complete', async () => {
    const path = temporary.path('files/deep/a.txt');
    const result = await stageOutput(path, once, async (staged) => {
      await writeFile(staged, 'whole');
      expect(await readdir(temporary.path('files/deep'))).not.toContain('a.txt');
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(path, 'utf8')).toBe('whole');
    expect(await readdir(temporary.path('files/deep'))).toEqual(['a.txt']);
  });

  it('replaces files only where that is allowed', async () => {
    const path = temporary.path('replace/a.txt');
    await stageOutput(path, once, (staged) => writeFile(staged, 'first'));
    const second = stageOutput(path, once, (staged) => writeFile(staged, 'second'));
    await expect(second).rejects.toMatchObject({ code: 'ALREADY_EXISTS', reason: 'OUTPUT_EXISTS', field: path });
    expect(await readFile(path, 'utf8')).toBe('first');
    await stageOutput(path, again, (staged) => writeFile(staged, 'third'));
    expect(await readFile(path, 'utf8')).toBe('third');
  });

  it('replaces directories as a whole', async () => {
    const path = temporary.path('directories/model');
    const put = async (staged: string, name: string): Promise<void> => {
      await mkdir(staged);
      await writeFile(join(staged, name), name);
    };
    await stageOutput(path, once, (staged) => put(staged, 'old'));
    await stageOutput(path, again, (staged) => put(staged, 'new'));
    expect(await readdir(path)).toEqual(['new']);
    expect(await readdir(temporary.path('directories'))).toEqual(['model']);
  });

  it('leaves what was there, and nothing else, after a failure', async () => {
    const path = temporary.path('failure/a.txt');
    await stageOutput(path, once, (staged) => writeFile(staged, 'good'));
    const failing = stageOutput(path, again, async (staged) => {
      await writeFile(staged, 'half');
      throw new BonsaiError('No.', { code: 'DATA_LOSS', reason: 'TENSOR_NOT_FINITE' });
    });
    await expect(failing).rejects.toMatchObject({ reason: 'TENSOR_NOT_FINITE' });
    expect(await readFile(path, 'utf8')).toBe('good');
    expect(await readdir(temporary.path('failure'))).toEqual(['a.txt']);
  });

  it.each([
    ['ENOSPC', 'RESOURCE_EXHAUSTED', 'disk is full'],
    ['EACCES', 'FAILED_PRECONDITION', 'permission is denied'],
    ['EIO', 'FAILED_PRECONDITION', 'the system says EIO'],
  ])('explains %s and removes what was written', async (code, expectedCode, words) => {
    const failing = stageOutput(temporary.path(`${code}/a.txt`), once, async (staged) => {
      await writeFile(staged, 'half');
      throw systemError(code, 'write');
    });
    await expect(failing).rejects.toMatchObject({
      code: expectedCode,
      reason: 'OUTPUT_FAILED',
      message: expect.stringContaining(words),
    });
    expect(await readdir(temporary.path(code))).toEqual([]);
  });

  it('does not blame the output for a source that cannot be read', async () => {
    const failing = stageOutput(temporary.path('source.txt'), once, () => Promise.reject(systemError('EIO', 'read')));
    await expect(failing).rejects.toThrow('EIO: from the system');
  });

  it('says that a path leads through a file', async () => {
    await writeFile(temporary.path('file'), '');
    const failing = stageOutput(temporary.path('file/a.txt'), once, (staged) => writeFile(staged, ''));
    await expect(failing).rejects.toMatchObject({
      reason: 'OUTPUT_FAILED',
      message: expect.stringContaining('a part of the path is a file'),
    });
  });
});
