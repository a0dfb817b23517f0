import { describe, expect, it } from '@jest/globals';
import { headRows } from './head-rows.ts';
import { ZERO } from './select-tensor.ts';

describe('headRows', () => {
  it('lists the rows of whole heads', () => {
    expect(headRows([2, ZERO, 0], 2)).toEqual([4, 5, ZERO, ZERO, 0, 1]);
  });
});
