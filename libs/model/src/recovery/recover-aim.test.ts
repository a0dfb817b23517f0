import { describe, expect, it } from '@jest/globals';
import type { HostMatrix } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { naiveForward } from '../testing/naive-forward.ts';
import type { NaiveTrace } from '../testing/naive-forward.ts';
import { randomModel } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';
import { ALIGNED, largestError, mixedCut, recovered, RECOVERED_FAMILIES } from '../testing/recovered.ts';
import { refitted } from '../testing/host-results.ts';
import { columnsOf } from './refit.ts';

const LAYER = 2;
type Row = ArrayLike<number>;

/** Tokens of all windows by what the model without `removed` computes in the layer. */
async function rowsOf(
  { checkpoint, windows }: RandomModel,
  removed: UnitSet,
): Promise<{ neurons: Row[]; before: Row[] }> {
  const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, removed, window)));
  const rows = (of: (trace: NaiveTrace) => readonly Float64Array[][]): Row[] =>
    traces.flatMap((trace) => of(trace)[LAYER] ?? []);
  const isParallel = checkpoint.config.family === 'phi';
  return {
    neurons: rows(({ neuronOutputs }) => neuronOutputs),
    before: rows(({ entering, afterAttention }) => (isParallel ? entering : afterAttention)),
  };
}

/** Sum over tokens of a b^T. */
function products(a: readonly Row[], b: readonly Row[]): HostMatrix {
  const [rows, cols] = [a[0]?.length ?? 0, b[0]?.length ?? 0];
  const sum = (i: number, j: number): number => a.reduce((total, row, t) => total + at(row, i) * at(b[t], j), 0);
  const data = Float32Array.from({ length: rows * cols }, (_, index) => sum(Math.floor(index / cols), index % cols));
  return { rows, cols, data };
}

const at = (row: Row | undefined, i: number): number => row?.[i] ?? NaN;

const project = (x: Row, { rows, cols, data }: HostMatrix): number[] =>
  Array.from({ length: rows }, (_, o) =>
    Array.from(x).reduce((sum, value, c) => sum + value * (data[o * cols + c] ?? NaN), 0),
  );

describe.each(RECOVERED_FAMILIES)('an aligned recovery, %s', (_, changes) => {
  it('aims halfway at what brings the stream to that of the whole model, shared with a block beside it', async () => {
    const random = randomModel(12, changes);
    const { checkpoint, windows, units } = random;
    const cut = mixedCut(random);
    const { start, count } = units.module(LAYER, 'ffnNeuron');
    const choice = { modules: [{ layer: LAYER, kind: 'ffn' }] } as const;
    const [module] = await recovered(random, cut, { ...ALIGNED, windows, choice });

    const now = await rowsOf(random, cut.slice().fill(0, start, start + count));
    const whole = await rowsOf(random, emptySet(units));
    const name = `model.layers.${LAYER}.mlp.down_proj.weight`;
    const weight = { rows: 14, cols: count, data: await checkpoint.readFloats(name) };
    const share = checkpoint.config.family === 'phi' ? 0.5 : 1;
    const aims = whole.neurons.map((row, t) =>
      project(row, weight).map((own, o) => own + share * (at(whole.before[t], o) - at(now.before[t], o))),
    );
    const kept = Array.from({ length: count }, (__, i) => i).filter((i) => cut[start + i] === 0);
    const gram = products(now.neurons, now.neurons);
    const aim = products(now.neurons, aims);
    const expected = refitted({ gram, weight, kept, ridge: ALIGNED.ridge, aim });
    expect(largestError(module?.repair, { weight: expected })).toBeLessThan(1e-3);
    expect(largestError(module?.repair, { weight: columnsOf(weight, kept) })).toBeGreaterThan(1e-2);
  });
});
