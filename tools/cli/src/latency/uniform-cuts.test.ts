import { describe, expect, it } from '@jest/globals';
import { UnitTable, countIn, fitLatency } from '@bonsai/pruning';
import { uniformCuts } from './uniform-cuts.ts';

const unitsOf = (kvGroups: number, ffnNeurons: number): UnitTable =>
  new UnitTable({
    hiddenSize: 8,
    headDim: 4,
    queryHeadsPerGroup: 2,
    layers: [
      { kvGroups, ffnNeurons },
      { kvGroups, ffnNeurons },
    ],
  });

describe('uniformCuts', () => {
  it('begin with the whole model and leave every layer the same', () => {
    const units = unitsOf(3, 512);
    const cuts = uniformCuts(units, 0);
    expect(cuts).toHaveLength(12);
    expect(cuts[0]).toMatchObject({ kvGroups: 6, ffnNeurons: 1024 });
    for (const { cut, kvGroups, ffnNeurons } of cuts) {
      const left = units.modules.map((module) => module.count - countIn(module, cut));
      expect(left).toEqual([kvGroups / 2, ffnNeurons / 2, kvGroups / 2, ffnNeurons / 2]);
    }
    const widths = cuts.map(({ ffnNeurons }) => ffnNeurons / 2);
    expect(new Set(widths)).toEqual(new Set([512, 409, 307, 205]));
  });

  it('keep the widths that an alignment allows', () => {
    const cuts = uniformCuts(unitsOf(4, 500), 64);
    expect(new Set(cuts.map(({ ffnNeurons }) => ffnNeurons / 2))).toEqual(new Set([500, 384, 320, 192]));
  });

  it.each([1, 2, 5])('tell the kinds apart where a layer has %i KV groups', (kvGroups) => {
    const cuts = uniformCuts(unitsOf(kvGroups, 16), 0);
    const timed = cuts.map((cut) => ({ ...cut, time: 1e9 + 1e8 * cut.kvGroups + 1e6 * cut.ffnNeurons }));
    expect(fitLatency(timed).worstError).toBeLessThan(1e-6);
  });
});
