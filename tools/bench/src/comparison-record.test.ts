import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { finishedRuns, recordRuns } from './comparison-record.ts';
import type { MethodRun } from './method-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comparison-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run: MethodRun = {
  ...{
    variant: 'flap',
    seed: 3,
    sparsity: 0.35,
    achievedSparsity: 1 / 3,
    densePerplexity: 4.1,
    perplexity: 9.7,
    kl: 0.8,
  },
  ...{ forwardTokens: 512, seconds: 1.5, gpuMemoryPeakBytes: 7, looR2: undefined, kendallTau: undefined },
  maskFits: [[{ predicted: 0.1, measured: 0.3 }]],
};

describe('the record of a comparison', () => {
  it('starts empty and gives back what was recorded', async () => {
    expect(await finishedRuns(folder, { model: 'a' })).toEqual([]);
    await recordRuns(folder, { model: 'a' }, [run, { ...run, seed: 4 }]);
    expect(await finishedRuns(folder, { model: 'a' })).toEqual([run, { ...run, seed: 4 }]);
  });

  it('is refused under other conditions', async () => {
    await expect(finishedRuns(folder, { model: 'b' })).rejects.toThrow(/other conditions/);
  });
});
