import { describe, expect, it } from '@jest/globals';
import { planProto } from '@bonsai/rpc';
import { plannedRecovery } from './planned-recovery.ts';

const shape = { hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1, layers: [{ kvGroups: 2, ffnNeurons: 4 }] };
const model = { directory: '/model', path: 'model', revision: 'abc', shape, contextLength: 64 };

const planWith = (accepted: boolean): planProto.Plan =>
  planProto.Plan.fromPartial({ recovery: { trials: [{ accepted }], windows: [0], heldOutWindows: [1] } });

describe('plannedRecovery', () => {
  it('asks for no text where nothing was recovered', async () => {
    expect(await plannedRecovery(planProto.Plan.fromPartial({}), model, {})).toBeUndefined();
    expect(await plannedRecovery(planWith(false), model, {})).toBeUndefined();
  });

  it('asks for the text where something was', async () => {
    await expect(plannedRecovery(planWith(true), model, {})).rejects.toThrow('--calibration FILE');
  });
});
