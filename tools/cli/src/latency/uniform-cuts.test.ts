import { describe, expect, it } from '@jest/globals';
import { UnitTable, countIn, fitLatency, keptQueryHeads, withQueryHeads } from '@bonsai/pruning';
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
    const cuts = uniformCuts(units, { alignment: 0, queryHeads: false });
    expect(cuts).toHaveLength(12);
    expect(cuts[0]!.widths).toEqual({ kvGroups: 6, ffnNeurons: 1024 });
    for (const { cut, widths } of cuts) {
      const { kvGroups, ffnNeurons } = widths;
      const left = units.modules.map((module) => module.count - countIn(module, cut));
      expect(left).toEqual([kvGroups / 2, ffnNeurons / 2, kvGroups / 2, ffnNeurons / 2]);
    }
    expect(new Set(cuts.map(({ widths }) => widths.ffnNeurons / 2))).toEqual(new Set([512, 409, 307, 205]));
  });

  it('keep the widths that an alignment allows', () => {
    const cuts = uniformCuts(unitsOf(4, 500), { alignment: 64, queryHeads: false });
    expect(new Set(cuts.map(({ widths }) => widths.ffnNeurons / 2))).toEqual(new Set([500, 384, 320, 192]));
  });

  it.each([1, 2, 5])('tell the kinds apart where a layer has %i KV groups', (kvGroups) => {
    const cuts = uniformCuts(unitsOf(kvGroups, 16), { alignment: 0, queryHeads: false });
    const timed = cuts.map(({ widths }) => ({
      ...widths,
      time: 1e9 + 1e8 * widths.kvGroups + 1e6 * widths.ffnNeurons,
    }));
    expect(fitLatency(timed).worstError).toBeLessThan(1e-6);
  });

  it.each([
    [2, 1],
    [3, 2],
    [8, 4],
  ])('have fewer query heads of every group too, where they may go: of %i, %i', (queryHeadsPerGroup, fewer) => {
    const layer = { kvGroups: 3, ffnNeurons: 512 };
    const units = new UnitTable(
      withQueryHeads({ hiddenSize: 8, headDim: 4, queryHeadsPerGroup, layers: [layer, layer] }),
    );
    const cuts = uniformCuts(units, { alignment: 0, queryHeads: true });
    expect(cuts).toHaveLength(18);
    expect(cuts[0]!.widths).toEqual({ kvGroups: 6, queryHeads: 6 * queryHeadsPerGroup, ffnNeurons: 1024 });
    for (const { cut, widths } of cuts) {
      const { kvGroups, queryHeads } = widths;
      for (const at of [0, 1]) expect(keptQueryHeads(units, at, cut)).toHaveLength(queryHeads! / 2);
      expect([queryHeadsPerGroup, fewer]).toContain(queryHeads! / kvGroups);
    }
    const timed = cuts.map(({ widths }) => ({
      ...widths,
      time: 1e9 + 1e8 * widths.kvGroups + 1e7 * widths.queryHeads! + 1e6 * widths.ffnNeurons,
    }));
    expect(fitLatency(timed).costs).toMatchObject({ queryHead: expect.any(Number) });
    expect(fitLatency(timed).worstError).toBeLessThan(1e-6);
  });
});
