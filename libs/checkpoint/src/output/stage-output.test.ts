import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { stageOutput } from './stage-output.ts';

const once = { overwrite: false };
const again = { overwrite: true };
const folderOnce = { kind: 'directory', overwrite: false } as const;
const folderAgain = { kind: 'directory', overwrite: true } as const;

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

  async function put(staged: string, ...names: readonly string[]): Promise<void> {
    await mkdir(staged);
    for (const name of names) await writeFile(join(staged, name), name);
  }

  it('replaces directories as a whole', async () => {
    const path = temporary.path('directories/model');
    await stageOutput(path, folderOnce, (staged) => put(staged, 'config.json', 'old'));
    await stageOutput(path, folderAgain, (staged) => put(staged, 'config.json', 'new'));
    expect(await readdir(path)).toEqual(['config.json', 'new']);
    expect(await readdir(temporary.path('directories'))).toEqual(['model']);
  });

  it('takes the place of an empty directory', async () => {
    const path = temporary.path('empty/model');
    await mkdir(path, { recursive: true });
    await stageOutput(path, folderAgain, (staged) => put(staged, 'new'));
    expect(await readdir(path)).toEqual(['new']);
  });

  it.each([
    ['a directory by a file', again, ['config.json'], 'is a directory'],
    ['a directory that is no earlier output', folderAgain, ['precious'], 'holds no config.json'],
  ])('does not replace %s', async (name, options, files, words) => {
    const path = temporary.path(`${name}/target`);
    await mkdir(temporary.path(name));
    await put(path, ...files);
    let asked = false;
    const refused = stageOutput(path, options, async () => void (asked = true));
    await expect(refused).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'OUTPUT_EXISTS',
      field: path,
      message: expect.stringContaining(words),
    });
    expect(asked).toBe(false);
    expect(await readdir(path)).toEqual(files);
    expect(await readdir(temporary.path(name))).toEqual(['target']);
  });

  it('does not replace a file by a directory', async () => {
    const path = temporary.path('file-there');
    await writeFile(path, 'precious');
    const refused = stageOutput(path, folderAgain, (staged) => put(staged, 'new'));
    await expect(refused).rejects.toMatchObject({
      reason: 'OUTPUT_EXISTS',
      message: expect.stringContaining('is a file'),
    });
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  it('does not replace what has appeared while it wrote', async () => {
    const path = temporary.path('meanwhile/a.txt');
    const refused = stageOutput(path, once, async (staged) => {
      await writeFile(staged, 'ours');
      await writeFile(path, 'theirs');
    });
    await expect(refused).rejects.toMatchObject({ reason: 'OUTPUT_EXISTS' });
    expect(await readFile(path, 'utf8')).toBe('theirs');
    expect(await readdir(temporary.path('meanwhile'))).toEqual(['a.txt']);
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
