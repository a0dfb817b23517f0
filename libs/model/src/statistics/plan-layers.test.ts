import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops';
import type { GatedWeight, Matrix, Weight } from '@bonsai/ops';
import type { LayerWeights } from '../load/device-weights.ts';
import { planLayers } from './plan-layers.ts';

const norm: Matrix = createReferenceBackend().matrix(1, 1);
const norms = { squares: new Float64Array(0), meanAbs: new Float64Array(0) };

/** Only widths matter here. */
function layerOf(neurons: number): LayerWeights {
  const weight: Weight = { inputs: neurons, outputs: 1, byteLength: 0, release: () => undefined };
  const gateUp: GatedWeight = { ...weight, gated: true };
  return { attention: undefined, ffn: { norm, gateUp, down: weight, downNorms: norms, neurons } };
}

describe('planLayers', () => {
  const layers = [8192, 8192, 4096, 16_384, 100].map(layerOf);

  it('takes all layers at once without Gram matrices', () => {
    expect(planLayers(layers, false, 1)).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('keeps at most 2^28 elements of Gram matrices together', () => {
    expect(planLayers(layers, true, 2 ** 30)).toEqual([[0, 1, 2], [3], [4]]);
  });

  it('says so when the device cannot hold one', () => {
    expect(() => planLayers(layers, true, 2 ** 27)).toThrow('layer 3');
  });
});
