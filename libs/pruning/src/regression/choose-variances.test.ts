import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { UnitTable } from '../units/unit-table.ts';
import { chooseVariances } from './choose-variances.ts';
import { buildDesign, type Observation } from './design.ts';
import { kernelParts, type SlopeVariances } from './hierarchical-kernel.ts';
import { vagueBelief } from './slope-belief.ts';

const units = new UnitTable({
  hiddenSize: 8,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 6 }, () => ({ kvGroups: 4, ffnNeurons: 12 })),
});
const prior = new Float64Array(units.count).fill(1);

/** Chosen for what random masks do where all units of a module have one slope, which deviates so much from 1 in modules of a kind. */
function chosen(seed: number, masks: number, deviations: { attention: number; ffn: number }): SlopeVariances {
  const random = seededRandom(seed);
  const slopes = new Float64Array(units.count);
  for (const { block, start, count } of units.modules) {
    slopes.fill(1 + deviations[block] * normal(random), start, start + count);
  }
  const observations = Array.from({ length: masks }, (): Observation => {
    const mask = new Uint8Array(units.count).map(() => Number(random.next() < 0.3));
    const response = slopes.reduce((sum, slope, id) => sum + slope * mask[id]!, 0.1 * normal(random));
    return { mask, response, noise: 1, isFinite: true };
  });
  const belief = vagueBelief(units);
  const design = buildDesign(units, prior, belief, observations);
  return chooseVariances(kernelParts(units, design, belief), design.residual, { common: 1 }).variances;
}

describe('chooseVariances', () => {
  it.each([1, 2, 3])('sees which kind of modules differs more, and that units of one do not (seed %d)', (seed) => {
    const groups = chosen(seed, 60, { attention: 5, ffn: 0.5 });
    expect(groups.attention.module / groups.ffn.module).toBeGreaterThan(1);
    const neurons = chosen(seed, 60, { attention: 0.1, ffn: 1 });
    expect(neurons.attention.module / neurons.ffn.module).toBeLessThan(1);
    for (const { attention, ffn } of [groups, neurons]) {
      expect(attention.unit).toBeLessThan(attention.module);
      expect(ffn.unit).toBeLessThan(0.1 * ffn.module);
    }
  });

  it('keeps to the usual ratios where one response says nothing of them, and mostly where four say little', () => {
    const usual = { common: 1, attention: { module: 0.25, unit: 0.25 }, ffn: { module: 0.25, unit: 0.025 } };
    expect(chosen(1, 1, { attention: 5, ffn: 0.5 })).toEqual(usual);
    const ofFour = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => chosen(seed, 4, { attention: 1, ffn: 1 }));
    expect(ofFour.filter(({ attention, ffn }) => attention.unit === 0.25 && ffn.unit === 0.025).length).toBeGreaterThan(
      4,
    );
  });
});
