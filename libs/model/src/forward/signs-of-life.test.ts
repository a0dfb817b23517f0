import { describe, expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import { loadModel } from '../load/load-model.ts';
import { countingBackend } from '../testing/counting-backend.ts';
import { randomModel } from '../testing/random-model.ts';
import type { TransformerModel } from '../transformer-model.ts';

const { checkpoint, units, windows, randomSet } = randomModel(1);
const request = { method: 'leastSquares', ridge: 1e-2, windows, choice: { heldOut: windows } } as const;

type Work = (model: TransformerModel, caller: Caller) => AsyncGenerator;

const works: readonly (readonly [string, Work])[] = [
  ['an evaluation', (model, caller) => model.evaluate(windows, [emptySet(units)], caller)],
  ['a collection of statistics', (model, caller) => model.collectStatistics(windows, ['obs'], caller)],
  [
    'a prediction',
    async function* (model, caller) {
      yield await model.predict(windows, caller);
    },
  ],
  ['a recovery', (model, caller) => model.recover(request, caller)],
];

describe.each(works)('%s', (_, work) => {
  it('tells of every submit that has ended', async () => {
    const { backend, submits } = countingBackend();
    const model = await loadModel(backend, checkpoint, randomSet(0.3), { rowsPerChunk: 16 });
    let told = 0;
    for await (const result of work(model, { getsOn: () => told++ })) expect(result).toBeDefined();
    expect(submits()).toBeGreaterThan(3);
    expect(told).toBe(submits());
    model.release();
  });
});
