import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '../units/unit-table.ts';
import type { Observation } from './design.ts';
import { diagnoseFit, rSquared } from './fit-diagnostics.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 1, ffnNeurons: 2 }],
});
const observe = (response: number, ...mask: number[]): Observation => ({
  mask: Uint8Array.from(mask),
  response,
  noise: 1,
  isFinite: true,
});

describe('rSquared', () => {
  it('is 1 for perfect, 0 for constant, negative for worse predictions', () => {
    const responses = Float64Array.of(1, 2, 3);
    expect(rSquared(responses, responses)).toBe(1);
    expect(rSquared(responses, Float64Array.of(2, 2, 2))).toBe(0);
    expect(rSquared(responses, Float64Array.of(3, 2, 1))).toBeLessThan(0);
    expect(rSquared(Float64Array.of(2, 2), Float64Array.of(1, 3))).toBe(0);
    // Their mean is rounded: it is none of them.
    expect(rSquared(Float64Array.of(0.1, 0.1, 0.1), Float64Array.of(0.2, 0.1, 0))).toBe(0);
  });
});

describe('diagnoseFit', () => {
  it('sees through a module that carries the whole R^2', () => {
    // Removing the group costs 10; the neurons' small effects are predicted the wrong way round.
    const observations = [observe(10.1, 1, 1, 0), observe(10.2, 1, 0, 1), observe(0.1, 0, 1, 0), observe(0.2, 0, 0, 1)];
    const predictions = Float64Array.of(10.2, 10.1, 0.2, 0.1);
    const diagnostics = diagnoseFit(units, observations, predictions, Float64Array.of(10, 0.2, 0.1));
    expect(diagnostics.looR2).toBeGreaterThan(0.99);
    expect(diagnostics.looR2WithoutTopModule).toBeCloseTo(-3, 6);
    expect(diagnostics.kendallTau).toBeCloseTo(2 / 6, 12);
    expect(diagnostics.maskFits[0]).toEqual({ predicted: 10.2, measured: 10.1 });
  });

  it('leaves out what only stands in for a loss', () => {
    const measured = [observe(10.1, 1, 1, 0), observe(0.1, 0, 1, 0), observe(0.2, 0, 0, 1)];
    const importance = Float64Array.of(10, 0.2, 0.1);
    const without = diagnoseFit(units, measured, Float64Array.of(10, 0.2, 0.1), importance);
    const standIn = { ...observe(20, 1, 0, 1), isFinite: false };
    const [first, ...others] = measured as [Observation, ...Observation[]];
    const all = [first, standIn, ...others];
    expect(diagnoseFit(units, all, Float64Array.of(10, 10.1, 0.2, 0.1), importance)).toEqual(without);
  });
});
