import { describe, expect, it } from '@jest/globals';
import { countIn, emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { refreshingProbes, screeningProbes } from './probes.ts';

const units = new UnitTable({
  hiddenSize: 16,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 2 }, () => ({ kvGroups: 5, ffnNeurons: 20 })),
});
const order = Array.from({ length: units.count }, (_, id) => id);
const none = emptySet(units);

describe('screeningProbes', () => {
  it('measures every KV group alone and every FFN at three depths, if that fits', () => {
    const probes = screeningProbes(units, none, order, 40);
    const sizes = probes.map((probe) => units.modules.map((module) => countIn(module, probe)).join());
    expect(sizes.slice(0, 10)).toEqual([...Array<string>(5).fill('1,0,0,0'), ...Array<string>(5).fill('0,0,1,0')]);
    expect(sizes.slice(10)).toEqual(['0,2,0,0', '0,0,0,2', '0,5,0,0', '0,0,0,5', '0,10,0,0', '0,0,0,10']);
  });

  it('falls back to one mask per module, and to nothing', () => {
    expect(screeningProbes(units, none, order, 20)).toHaveLength(4);
    expect(screeningProbes(units, none, order, 5)).toHaveLength(0);
  });

  it('never removes the whole model, nor nothing', () => {
    const bare = new UnitTable({ ...units.shape, layers: [{ kvGroups: 2, ffnNeurons: 0 }] });
    const cut = new Uint8Array([0, 1]);
    expect(screeningProbes(bare, cut, [0], 40)).toEqual([]);
  });
});

describe('refreshingProbes', () => {
  it("measures the pool's groups and each FFN once, within its share", () => {
    expect(refreshingProbes(units, none, order, [0, 6, 25, 26], 40)).toHaveLength(5);
    expect(refreshingProbes(units, none, order, [0, 6, 25, 26], 3)).toHaveLength(3);
  });
});
