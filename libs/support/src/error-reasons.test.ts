import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ERROR_REASONS } from './bonsai-error.ts';

it('docs/errors.md explains every reason, in the order of the list', () => {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const explained = [...text.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, reason]) => reason);
  expect(explained).toEqual([...ERROR_REASONS]);
});
