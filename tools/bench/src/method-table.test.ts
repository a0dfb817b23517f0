import { describe, expect, it } from '@jest/globals';
import { markdownTable, spreadOf, summarize } from './method-table.ts';
import type { MethodRun } from './method-run.ts';

const run = (variant: string, seed: number, perplexity: number, seconds: number | undefined = 60): MethodRun => ({
  variant,
  seed,
  sparsity: 0.5,
  achievedSparsity: 0.4996,
  densePerplexity: 4,
  perplexity,
  kl: perplexity / 20,
  forwardTokens: 1_300_000,
  seconds,
  gpuMemoryPeakBytes: 2 ** 21 + seed,
  looR2: 0.9,
  kendallTau: 0.8,
  maskFits: [],
});

describe('spreadOf', () => {
  it('has n - 1 in the denominator of the deviation, and none for one value', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3) });
    expect(spreadOf([7])).toEqual({ mean: 7, deviation: undefined });
  });
});

describe('the table of methods', () => {
  const runs = [run('bonsai', 0, 20), run('random', 0, 6000), run('bonsai', 1, 24, undefined)];
  const summaries = summarize([...runs, { ...run('bonsai', 0, 8), sparsity: 0.2 }]);

  it('has a row per sparsity and variant, over seeds, and leaves interrupted runs out of the time', () => {
    expect(summaries).toEqual([
      expect.objectContaining({ variant: 'bonsai', sparsity: 0.5, seeds: [0, 1], perplexities: [20, 24], seconds: 60 }),
      expect.objectContaining({ variant: 'random', perplexity: { mean: 6000, deviation: undefined } }),
      expect.objectContaining({ variant: 'bonsai', sparsity: 0.2 }),
    ]);
  });

  it('is markdown with the best of every sparsity in bold, and what others are behind it', () => {
    expect(markdownTable(summaries).split('\n').slice(2)).toEqual([
      '| 50 % | bonsai | 50.0 % | **22.00** ± 2.83 | - | 20.00, 24.00 | 1.100 ± 0.141 | 1.300M | 60 | 3 MiB |',
      '| 50 % | random | 50.0 % | 6000 | +5980 | 6000 | 300.000 | 1.300M | 60 | 2 MiB |',
      '| 20 % | bonsai | 50.0 % | **8.00** | - | 8.00 | 0.400 | 1.300M | 60 | 2 MiB |',
    ]);
  });

  it('compares with the row that is named, seed by seed, as far as seeds are shared', () => {
    const runs = [
      run('flap', 2, 31),
      run('flap', 0, 30),
      run('bonsai', 0, 20),
      run('bonsai', 1, 24),
      run('bonsai', 2, 24),
    ];
    const differences = (against: string): string[] =>
      markdownTable(summarize([...runs, run('random', 3, 90)]), against)
        .split('\n')
        .slice(2)
        .map((row) => row.split(' | ')[4] as string);
    expect(differences('flap')).toEqual(['-', '-8.50 ± 2.12', '-']);
    expect(differences('bonsai')).toEqual(['+8.50 ± 2.12', '-', '-']);
    expect(differences('not there')).toEqual(differences('bonsai'));
  });
});
