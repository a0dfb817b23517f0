import { describe, expect, it } from '@jest/globals';
import { markdownTable, summarize } from './method-table.ts';
import type { MethodRun } from './method-table.ts';

const run = (method: string, seed: number, perplexity: number): MethodRun => ({
  method,
  seed,
  sparsity: 0.5,
  densePerplexity: 4,
  perplexity,
  forwardTokens: 1_300_000,
  seconds: 60,
  looR2: 0.9,
  kendallTau: 0.8,
});

describe('the table of methods', () => {
  const summaries = summarize([run('bonsai', 0, 20), run('random', 0, 600), run('bonsai', 1, 24)]);

  it('averages over the seeds of a method', () => {
    expect(summaries).toEqual([
      expect.objectContaining({ method: 'bonsai', meanPerplexity: 22, perplexities: [20, 24] }),
      expect.objectContaining({ method: 'random', meanPerplexity: 600, perplexities: [600] }),
    ]);
  });

  it('is markdown with one row per method', () => {
    expect(markdownTable(summaries).split('\n')).toEqual([
      expect.stringContaining('| method |'),
      expect.stringContaining('|---|'),
      '| bonsai | 50 % | 22.00 | 20.00, 24.00 | 1.30M | 60 |',
      '| random | 50 % | 600.00 | 600.00 | 1.30M | 60 |',
    ]);
  });
});
