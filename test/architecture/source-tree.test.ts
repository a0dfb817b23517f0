import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inRepository, sourceFiles } from './source-files.ts';

const files = ['libs', 'services', 'tools', 'test'].flatMap(sourceFiles);
const read = (file: string): string => readFileSync(inRepository(file), 'utf8');
const code = files.filter((file) => /\.(ts|mjs)$/.test(file));
const thisFolder = 'test/architecture/';

describe('the source tree', () => {
  it('keeps the shaders of the product in .wgsl files of the kernel library', () => {
    // A test may have a shader of its own, in the testing folder of its library, which is not built.
    const shaders = files.filter((file) => file.endsWith('.wgsl') && !/^libs\/\w+\/src\/testing\//.test(file));
    expect(shaders.length).toBeGreaterThan(0);
    expect(shaders.filter((file) => !file.startsWith('libs/kernels/src/'))).toEqual([]);
    const inline = code.filter((file) => !file.startsWith(thisFolder) && /@compute|@group\(\d\)/.test(read(file)));
    expect(inline.filter((file) => !file.endsWith('.test.ts'))).toEqual([]);
  });

  it('has no file over 300 lines', () => {
    const long = code.filter((file) => read(file).split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('has no drawer for leftovers', () => {
    const drawers = new Set(['utils.ts', 'util.ts', 'helpers.ts', 'types.ts', 'common.ts', 'misc.ts']);
    expect(files.filter((file) => drawers.has(basename(file)))).toEqual([]);
  });

  it('has no test that is skipped or runs alone', () => {
    const tests = code.filter((file) => file.endsWith('.test.ts') && !file.startsWith(thisFolder));
    expect(
      tests.filter((file) =>
        /\b(it|test|describe)\.(skip|only|todo|failing)\b|(?<![\w.])[xf](it|test|describe)\(/.test(read(file)),
      ),
    ).toEqual([]);
  });

  it('names no registry host in the lock file', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });

  it('gives every project a layer that the lint rules know', () => {
    const projects = files.filter((file) => /^(libs|services|tools)\/[^/]+\/package\.json$/.test(file));
    expect(projects.length).toBeGreaterThanOrEqual(11);
    const rules = read('eslint.config.mjs');
    for (const project of projects) {
      const layer = /"layer:(\w+)"/.exec(read(project))?.[1] ?? `no layer in ${project}`;
      expect(rules).toMatch(new RegExp(`^  ${layer}: \\[`, 'm'));
    }
  });
});
