import { expect, it } from '@jest/globals';
import { tellSoftware } from './tell-software.ts';

it.each([
  [true, /No GPU answered.*slow.*bonsai doctor.*\n$/],
  [false, /^$/],
])('tells only somebody who watches what to do: %s', (interactive, expected) => {
  let written = '';
  tellSoftware({ out: () => undefined, err: (text) => (written += text), interactive });
  expect(written).toMatch(expected);
});
