import { describe, expect, it } from '@jest/globals';
import { ZERO } from '../cut/select-tensor.ts';
import { tinyConfig } from '../testing/tiny-checkpoint.ts';
import { interleavedHeadRows, rotaryDivisors } from './rotary.ts';

describe('interleavedHeadRows', () => {
  it('puts partners of the rotation side by side, head by head', () => {
    expect(interleavedHeadRows([0, 2], 6)).toEqual([0, 3, 1, 4, 2, 5, 12, 15, 13, 16, 14, 17]);
  });

  it('keeps a head of zeros', () => {
    expect(interleavedHeadRows([ZERO, 1], 2)).toEqual([ZERO, ZERO, 2, 3]);
  });
});

describe('rotaryDivisors', () => {
  it('has none without scaling', () => {
    expect(rotaryDivisors(tinyConfig())).toBeUndefined();
  });

  it('equals the rope_freqs of Llama 3.1 8B', () => {
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const config = tinyConfig({
      head_dim: 128,
      rope_theta: 500_000,
      rope_scaling: { ...scaling, original_max_position_embeddings: 8192 },
    });
    const divisors = rotaryDivisors(config);
    // Waves of 2 pi 500000^(i / 64): below 2048 up to i = 28, above 8192 from i = 35 on.
    expect([...(divisors?.slice(0, 29) ?? [])]).toEqual(new Array(29).fill(1));
    expect([...(divisors?.slice(35) ?? [])]).toEqual(new Array(29).fill(8));
    const frequency = (wave: number): number => (2 * Math.PI) / wave;
    for (let i = 29; i < 35; i++) {
      const wave = 2 * Math.PI * 500_000 ** (i / 64);
      const smooth = (8192 / wave - 1) / 3;
      const scaled = (1 - smooth) * (frequency(wave) / 8) + smooth * frequency(wave);
      expect(divisors?.[i]).toBeCloseTo(frequency(wave) / scaled, 5);
    }
  });
});
