import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { inRepository, sourceFiles } from './source-files.ts';

const read = (file: string): string => readFileSync(inRepository(file), 'utf8');
const isProduct = (file: string): boolean => /(?<!\.test)\.ts$/.test(file) && !file.includes('/testing/');

/** "REASON STATUS" of errors whose source names both, and of those that are made by a function of one status. */
function thrownBy(source: string): string[] {
  return [
    ...[...source.matchAll(/code: '([A-Z_]+)',\s*reason: '([A-Z_]+)'/g)].map(([, code, reason]) => `${reason} ${code}`),
    ...[...source.matchAll(/invalidArgument\(\s*'([A-Z_]+)'/g)].map(([, reason]) => `${reason} INVALID_ARGUMENT`),
    ...[...source.matchAll(/unusable\(\s*'([A-Z_]+)'/g)].map(([, reason]) => `${reason} FAILED_PRECONDITION`),
  ];
}

it('docs/errors.md names every status with which a reason is thrown', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` +\| ([A-Z_, ]+)/gm)];
  const named = rows.flatMap(([, reason, codes]) => codes!.split(',').map((code) => `${reason} ${code.trim()}`));
  const thrown = ['libs', 'services', 'tools']
    .flatMap(sourceFiles)
    .filter(isProduct)
    .flatMap((file) => thrownBy(read(file)));
  expect(thrown.length).toBeGreaterThan(100);
  expect([...new Set(thrown)].filter((pair) => !named.includes(pair)).sort()).toEqual([]);
});
