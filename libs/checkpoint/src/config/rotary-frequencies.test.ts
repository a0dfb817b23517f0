import { describe, expect, it } from '@jest/globals';
import { rotaryFrequencies } from './rotary-frequencies.ts';

describe('rotaryFrequencies with the scaling of Llama 3.1', () => {
  const ropeScaling = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalContextLength: 8192 };
  const config = { rotaryDim: 128, ropeTheta: 500_000, ropeScaling };
  const unscaled = rotaryFrequencies({ ...config, ropeScaling: undefined });
  const ratios = [...rotaryFrequencies(config)].map((frequency, i) => frequency / (unscaled[i] ?? 0));

  it('keeps short waves, stretches long ones and never turns back', () => {
    // 8192 / 4 = 2048 tokens and 8192 tokens are the wavelengths between which it interpolates.
    for (const [i, ratio] of ratios.entries()) {
      const wavelength = (2 * Math.PI) / (unscaled[i] ?? 0);
      if (wavelength < 2048) expect(ratio).toBeCloseTo(1, 12);
      else if (wavelength > 8192) expect(ratio).toBeCloseTo(1 / 8, 12);
      else expect(ratio > 1 / 8 && ratio < 1).toBe(true);
    }
    expect(ratios.filter((ratio) => ratio > 0.126 && ratio < 0.999).length).toBeGreaterThan(2);
  });

  it('interpolates as published: smooth between 1 and 4 turns within the original context', () => {
    const i = ratios.findIndex((ratio) => ratio < 0.999);
    const wavelength = (2 * Math.PI) / (unscaled[i] ?? 0);
    const smooth = (8192 / wavelength - 1) / (4 - 1);
    expect(ratios[i]).toBeCloseTo((1 - smooth) / 8 + smooth, 12);
  });
});
