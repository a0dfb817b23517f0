import { describe, expect, it } from '@jest/globals';
import { seededRandom, shuffle } from '@bonsai/support';
import { queryHeadRows } from '../selection/attention-steps.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import { countIn, emptySet } from '../units/unit-set.ts';
import { hasUnit, UnitTable } from '../units/unit-table.ts';
import { refreshingProbes, screeningProbes } from './probes.ts';

const units = new UnitTable({
  hiddenSize: 16,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 2 }, () => ({ kvGroups: 5, ffnNeurons: 20 })),
});
const order = Array.from({ length: units.count }, (_, id) => id);
const probed = { order, rows: [] };
const none = emptySet(units);

describe('screeningProbes', () => {
  it('measures every KV group alone and every FFN at three depths, if that fits', () => {
    const probes = screeningProbes(units, none, probed, 40);
    const sizes = probes.map((probe) => units.modules.map((module) => countIn(module, probe)).join());
    expect(sizes.slice(0, 10)).toEqual([...Array<string>(5).fill('1,0,0,0'), ...Array<string>(5).fill('0,0,1,0')]);
    expect(sizes.slice(10)).toEqual(['0,2,0,0', '0,0,0,2', '0,5,0,0', '0,0,0,5', '0,10,0,0', '0,0,0,10']);
  });

  it('takes of an FFN the neurons that come first in the order', () => {
    const shuffled = shuffle([...order], seededRandom(5));
    const probes = screeningProbes(units, none, { order: shuffled, rows: [] }, 40).slice(10);
    expect(probes).toHaveLength(6);
    for (const probe of probes) {
      const probedIds = order.filter((id) => probe[id] === 1);
      const module = units.moduleOf(probedIds[0]!);
      const first = shuffled.filter((id) => hasUnit(module, id)).slice(0, probedIds.length);
      expect(probedIds).toEqual(first.sort((a, b) => a - b));
    }
  });

  it('measures rows of query heads that may go alone', () => {
    const grouped = new UnitTable(withQueryHeads({ ...units.shape, queryHeadsPerGroup: 2 }));
    const rows = queryHeadRows(grouped, emptySet(grouped), new Float64Array(grouped.count));
    const probes = screeningProbes(grouped, emptySet(grouped), { order, rows }, 40);
    const sizes = probes.map((probe) => grouped.modules.map((module) => countIn(module, probe)).join());
    expect(sizes).toHaveLength(10 + 2 + 6);
    expect(sizes.slice(10, 12)).toEqual(['0,0,0,0,5,0', '0,0,0,0,0,5']);
  });

  it('falls back to one mask per module, and to nothing', () => {
    expect(screeningProbes(units, none, probed, 20)).toHaveLength(4);
    expect(screeningProbes(units, none, probed, 5)).toHaveLength(0);
  });

  it('never removes the whole model, nor nothing', () => {
    const bare = new UnitTable({ ...units.shape, layers: [{ kvGroups: 2, ffnNeurons: 0 }] });
    const cut = new Uint8Array([0, 1]);
    expect(screeningProbes(bare, cut, { order: [0], rows: [] }, 40)).toEqual([]);
  });
});

describe('refreshingProbes', () => {
  it("measures the pool's groups and each FFN once, within its share", () => {
    const refreshed = { ...probed, pool: [0, 6, 25, 26], round: 1 };
    expect(refreshingProbes(units, none, refreshed, 40)).toHaveLength(5);
    expect(refreshingProbes(units, none, refreshed, 3)).toHaveLength(3);
  });

  it('measures every FFN within a few rounds, and groups in each, however many layers there are', () => {
    const deep = new UnitTable({
      ...units.shape,
      layers: Array.from({ length: 32 }, () => ({ kvGroups: 4, ffnNeurons: 20 })),
    });
    const ids = Array.from({ length: deep.count }, (_, id) => id);
    const pool = ids.filter((id) => deep.moduleOf(id).kind === 'kvGroup').slice(0, 30);
    const probedIn = (round: number): string[] =>
      refreshingProbes(deep, emptySet(deep), { order: ids, rows: [], pool, round }, 20).map((probe) => {
        const module = deep.modules.find((one) => countIn(one, probe) > 0)!;
        return module.kind === 'kvGroup' ? 'group' : `FFN ${module.layer}`;
      });
    const rounds = [1, 2, 3, 4].map(probedIn);
    for (const round of rounds) {
      expect(round).toHaveLength(20);
      expect(round.filter((name) => name === 'group')).toHaveLength(10);
    }
    expect(new Set(rounds.flat()).size).toBe(32 + 1);
  });

  it('gives FFNs what attention does not use of its half', () => {
    const deep = new UnitTable({
      ...units.shape,
      layers: Array.from({ length: 32 }, () => ({ kvGroups: 4, ffnNeurons: 20 })),
    });
    const ids = Array.from({ length: deep.count }, (_, id) => id);
    const pool = ids.filter((id) => deep.moduleOf(id).kind === 'kvGroup').slice(0, 3);
    expect(refreshingProbes(deep, emptySet(deep), { order: ids, rows: [], pool, round: 1 }, 20)).toHaveLength(20);
  });
});
