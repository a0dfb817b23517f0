import { describe, expect, it } from '@jest/globals';
import type { WindowLoss } from '@bonsai/pruning';
import { planProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import { ProgressLine } from '../output/progress-line.ts';
import { measureEffect } from './measure-effect.ts';

const sizes = { hiddenSize: 8, headDim: 4, layers: [{ kvGroups: 2, ffnNeurons: 4 }] };
const shape = { ...sizes, queryHeadsPerGroup: 1 };
const model = { directory: '/model', path: 'model', revision: 'abc', shape, contextLength: 64 };
const plan = planProto.Plan.fromPartial({
  model: { revision: 'abc', shape: { ...sizes, queryHeadsPerKvGroup: 1, vocabSize: 9, contextLength: 64 } },
  layers: [{ keptKvGroups: [0], keptQueryHeads: [0], keptFfnNeurons: [0, 2] }],
});
const heldOut = [Uint32Array.of(1, 2, 3)];

describe('measureEffect', () => {
  it('asks again when the scorer dies, as a job does', async () => {
    let calls = 0;
    const evaluate = (): Promise<WindowLoss[]> => {
      if (++calls === 2)
        return Promise.reject(new BonsaiError('Gone.', { code: 'UNAVAILABLE', reason: 'DEVICE_LOST' }));
      return Promise.resolve([{ nllSum: 2 * Math.log(calls === 1 ? 5 : 7), tokenCount: 2 }]);
    };
    const services = { scorer: { evaluate }, signal: new AbortController().signal };
    const progress = new ProgressLine({ out: () => undefined, err: () => undefined, interactive: false });
    const texts = { calibration: [], heldOut };
    const effect = await measureEffect(services, model, plan, texts, { evalKl: false }, progress);
    expect(calls).toBe(3);
    expect(effect).toEqual({ before: expect.closeTo(5), after: expect.closeTo(7), kl: undefined, tokens: 2 });
  });
});
