import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { finishedRuns, recordRuns } from './comparison-record.ts';
import type { MethodRun } from './method-run.ts';

const temporary = useTemporaryDirectory();

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
    expect(await finishedRuns(temporary.path(), { model: 'a' })).toEqual([]);
    await recordRuns(temporary.path(), { model: 'a' }, [run, { ...run, seed: 4 }]);
    expect(await finishedRuns(temporary.path(), { model: 'a' })).toEqual([run, { ...run, seed: 4 }]);
  });

  it('is not taken for missing where it cannot be read', async () => {
    const folder = join(temporary.path(), 'unreadable');
    await mkdir(join(folder, 'runs.json'), { recursive: true });
    await expect(finishedRuns(folder, {})).rejects.toThrow(/EISDIR/);
  });

  it('is refused under other conditions', async () => {
    await expect(finishedRuns(temporary.path(), { model: 'b' })).rejects.toThrow(/other conditions/);
  });
});
