import { describe, expect, it } from '@jest/globals';
import type { Checkpoint, ModelConfig } from '@bonsai/checkpoint';
import type { HostMatrix } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { naiveForward } from '../testing/naive-forward.ts';
import { randomModel } from '../testing/random-model.ts';
import { ALIGNED, largestError, LEAST_SQUARES, mixedCut, recovered, RECOVERED_FAMILIES } from '../testing/recovered.ts';
import type { Repair } from './recovery-request.ts';

/** A row before the gains and the bias of the family's norm. */
function normalized(row: Float64Array, { family, normEpsilon }: ModelConfig): Float64Array {
  const mean = family === 'phi' ? row.reduce((sum, value) => sum + value, 0) / row.length : 0;
  const squares = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((value) => (value - mean) / Math.sqrt(squares + normEpsilon));
}

describe.each(RECOVERED_FAMILIES)('a recovery aligned with the whole model, %s', (_, changes) => {
  it('aims at the same, aligned with the whole model, as long as nothing before the block is cut', async () => {
    const random = randomModel(9, changes);
    const cut = emptySet(random.units);
    const { start } = random.units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const request = { windows: random.windows, choice: { modules: [{ layer: 0, kind: 'ffn' }] } } as const;
    const [plain] = await recovered(random, cut, { ...LEAST_SQUARES, ...request });
    const [aligned] = await recovered(random, cut, { ...ALIGNED, ...request });
    expect(largestError(aligned?.repair, plain?.repair as Repair)).toBeLessThan(1e-4);
  });

  it('aims elsewhere behind a block that is cut', async () => {
    const random = randomModel(10, changes);
    const request = { windows: random.windows, choice: { modules: [{ layer: 2, kind: 'ffn' }] } } as const;
    const [plain] = await recovered(random, mixedCut(random), { ...LEAST_SQUARES, ...request });
    const [aligned] = await recovered(random, mixedCut(random), { ...ALIGNED, ...request });
    expect(largestError(aligned?.repair, plain?.repair as Repair)).toBeGreaterThan(1e-3);
  });

  it('scales the gains of the final norm, last, to what the whole model hands to its head', async () => {
    const random = randomModel(11, changes);
    const { checkpoint, windows, units } = random;
    const cut = mixedCut(random);
    const modules = [{ layer: checkpoint.config.layerCount, kind: 'finalNorm' }] as const;
    const [module] = await recovered(random, cut, { ...ALIGNED, windows, choice: { modules } });
    const streamsOf = async (removed: UnitSet): Promise<Float64Array[]> => {
      const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, removed, w)));
      return traces.flatMap(({ afterFfn }) => afterFfn.at(-1) ?? []).map((row) => normalized(row, checkpoint.config));
    };
    const [x, y] = [await streamsOf(cut), await streamsOf(emptySet(units))];
    const gains = await checkpoint.readFloats('model.norm.weight');
    const expected = gains.map((gain, channel) => {
      const sum = (of: (row: number) => number): number => x.reduce((total, _row, row) => total + of(row), 0);
      const products = sum((row) => (x[row]?.[channel] ?? NaN) * (y[row]?.[channel] ?? NaN));
      return (gain * products) / sum((row) => (x[row]?.[channel] ?? NaN) ** 2);
    });
    expect(largestError(module?.repair, { gains: { rows: 1, cols: gains.length, data: expected } })).toBeLessThan(1e-4);
    expect(largestError(module?.repair, { gains: { rows: 1, cols: gains.length, data: gains } })).toBeGreaterThan(1e-3);
  });

  it('leaves a channel alone of which the final norm hands on nothing', async () => {
    const random = randomModel(11, changes);
    const { checkpoint, windows } = random;
    const readFloats: Checkpoint['readFloats'] = async (name, rows) => {
      const values = await checkpoint.readFloats(name, rows);
      return name === 'model.norm.weight' ? values.with(3, 0) : values;
    };
    const modules = [{ layer: checkpoint.config.layerCount, kind: 'finalNorm' }] as const;
    const silent = { ...random, checkpoint: { ...checkpoint, readFloats } };
    const [module] = await recovered(silent, mixedCut(random), { ...ALIGNED, windows, choice: { modules } });
    const gains = [...(module?.repair as { gains: HostMatrix }).gains.data];
    expect(gains.every(Number.isFinite)).toBe(true);
    expect(gains.map((gain, channel) => (gain === 0 ? channel : -1)).filter((channel) => channel >= 0)).toEqual([3]);
  });
});
