import { describe, expect, it } from '@jest/globals';
import { makeCalibration } from './calibration.ts';

describe('makeCalibration', () => {
  it('takes more windows than a call takes arguments', () => {
    const windows = Array.from({ length: 200_000 }, (_, i) => Uint32Array.of(i, 1));
    expect(makeCalibration(windows).windows).toHaveLength(windows.length);
  });
});
