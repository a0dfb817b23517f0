import { describe, expect, it } from '@jest/globals';
import { UnitTable, emptySet } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { scorerRuntime } from './scorer-runtime.ts';

const shape = { hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1, layers: [{ kvGroups: 2, ffnNeurons: 4 }] };
const units = new UnitTable(shape);
const base = { model: { path: 'model', revision: 'abc' }, precision: 'auto', measurement: 'nll', units } as const;

describe('scorerRuntime', () => {
  it('asks again when the scorer dies, as a job does', async () => {
    let calls = 0;
    const scorer = {
      describeDevice: () => Promise.resolve({ name: 'a card', peakMemoryBytes: 0, hostThreads: 1 }),
      measureLatency: () =>
        ++calls === 1
          ? Promise.reject(new BonsaiError('Gone.', { code: 'UNAVAILABLE', reason: 'SCORER_UNAVAILABLE' }))
          : Promise.resolve([0.25]),
    };
    const runtime = await scorerRuntime(scorer, base, 16, new AbortController().signal);
    expect(runtime.name).toBe('scorer, a card');
    expect(await runtime.time(emptySet(units), 1)).toEqual([0.25]);
  });
});
