import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops';
import { emptySet, keptIndices, keptQueryHeads } from '@bonsai/pruning';
import type { LayerStatistics, StatisticKind, UnitSet, UnitStatistics } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { randomModel } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';
import { obsEnergies } from './obs-energy.ts';
import { atOnce } from './stepwise.ts';

async function collect(
  { checkpoint, windows }: RandomModel,
  cut: UnitSet,
  kinds: readonly StatisticKind[],
  rowsPerChunk = 1000,
): Promise<LayerStatistics[]> {
  const backend = createReferenceBackend();
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
  const layers: LayerStatistics[] = [];
  for await (const layer of model.collectStatistics(windows, kinds)) layers.push(layer);
  model.release();
  expect(backend.memory.used).toBe(0);
  return layers;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The definitions, for one unit with the given columns of the original W and of the inputs x (rows: tokens). */
function expectUnit(
  statistics: UnitStatistics,
  unit: number,
  columns: readonly number[],
  weight: readonly (readonly number[])[],
  x: readonly (readonly number[])[],
): void {
  const perColumn = columns.map((c) => {
    const inputs = x.map((row) => row[c] ?? Number.NaN);
    const weights = weight.map((row) => row[c] ?? Number.NaN);
    const average = mean(inputs);
    const meanSquare = mean(inputs.map((value) => value * value));
    const norm = sum(weights.map((value) => value * value));
    return {
      meanAbs: mean(inputs.map(Math.abs)),
      rmsTimesWeight: mean(weights.map(Math.abs)) * Math.sqrt(meanSquare),
      fluctuation: mean(inputs.map((value) => (value - average) ** 2)) * norm,
      outputEnergy: meanSquare * norm,
    };
  });
  expect(statistics.meanAbs[unit]).toBeCloseTo(mean(perColumn.map((column) => column.meanAbs)), 5);
  expect(statistics.rmsTimesWeight[unit]).toBeCloseTo(mean(perColumn.map((column) => column.rmsTimesWeight)), 5);
  expect(statistics.fluctuation[unit]).toBeCloseTo(mean(perColumn.map((column) => column.fluctuation)), 5);
  expect(statistics.outputEnergy[unit]).toBeCloseTo(sum(perColumn.map((column) => column.outputEnergy)), 5);
}

describe('collectStatistics', () => {
  it.each([1, 2])('follows the definitions on a cut model (seed %i)', async (seed) => {
    const random = randomModel(seed);
    const { checkpoint, units, windows } = random;
    const cut = random.randomSet(0.3);
    const layers = await collect(random, cut, ['activation'], 30);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, units, cut, window)));
    expect(layers).toHaveLength(units.shape.layers.length);
    for (const [l, layer] of layers.entries()) {
      const energyOf = (rows: number[][][]): number => mean(rows.flat().map((row) => sum(row.map((v) => v * v))));
      expect(layer.attentionResidualEnergy).toBeCloseTo(energyOf(traces.map((t) => t.afterAttention[l] ?? [])), 4);
      expect(layer.ffnResidualEnergy).toBeCloseTo(energyOf(traces.map((t) => t.afterFfn[l] ?? [])), 4);

      const output = await checkpoint.readFloats(`model.layers.${l}.self_attn.o_proj.weight`);
      const down = await checkpoint.readFloats(`model.layers.${l}.mlp.down_proj.weight`);
      const rowsOf = (data: Float32Array): number[][] =>
        Array.from({ length: 14 }, (_, r) => [...data.subarray((r * data.length) / 14, ((r + 1) * data.length) / 14)]);
      for (const group of keptIndices(units.module(l, 'kvGroup'), cut)) {
        const heads = keptQueryHeads(units, l, cut).filter((head) => Math.floor(head / 2) === group);
        const columns = heads.flatMap((head) => Array.from({ length: 4 }, (_, c) => head * 4 + c));
        expectUnit(
          layer.kvGroups,
          group,
          columns,
          rowsOf(output),
          traces.flatMap((t) => t.headOutputs[l] ?? []),
        );
      }
      for (const neuron of keptIndices(units.module(l, 'ffnNeuron'), cut)) {
        expectUnit(
          layer.ffnNeurons,
          neuron,
          [neuron],
          rowsOf(down),
          traces.flatMap((t) => t.neuronOutputs[l] ?? []),
        );
      }
      expect(layer.ffnNeurons.obsEnergy).toBeUndefined();
    }
  });

  it('is 0 for what is cut, also where a whole block is', async () => {
    const random = randomModel(3);
    const cut = random.randomSet(0.5);
    const { start, count } = random.units.module(1, 'kvGroup');
    cut.fill(1, start, start + count);
    const layers = await collect(random, cut, ['activation', 'obs']);
    for (const [l, { kvGroups, ffnNeurons }] of layers.entries()) {
      for (const [kind, statistics] of [['kvGroup', kvGroups] as const, ['ffnNeuron', ffnNeurons] as const]) {
        const module = random.units.module(l, kind);
        for (const values of Object.values(statistics)) {
          const zero = [...values].map((value) => (value === 0 ? 1 : 0));
          expect(zero).toEqual([...cut.subarray(module.start, module.start + module.count)]);
        }
      }
    }
  });

  it('measures, for kind similarity, how far a layer turns the residual stream, in whatever chunks (seed 6)', async () => {
    const random = randomModel(6);
    const cut = random.randomSet(0.3);
    const layers = await collect(random, cut, ['similarity'], 30);
    const forward = (window: Uint32Array) => naiveForward(random.checkpoint, random.units, cut, window);
    const traces = await Promise.all(random.windows.map(forward));
    const length = (row: readonly number[]): number => Math.sqrt(sum(row.map((value) => value * value)));
    const cosine = (a: readonly number[], b: readonly number[]): number =>
      sum(a.map((value, i) => value * (b[i] ?? Number.NaN))) / (length(a) * length(b));
    for (const [l, { similarity }] of layers.entries()) {
      const cosines = traces.flatMap((trace) =>
        (trace.entering[l] ?? []).map((row, t) => cosine(row, trace.afterFfn[l]?.[t] ?? [])),
      );
      expect(similarity).toBeCloseTo(mean(cosines), 5);
    }
  });

  it('standardises fluctuations over the columns that a module has left, squared for groups (seed 7)', async () => {
    const random = randomModel(7);
    const cut = random.randomSet(0.3);
    for (const [l, { ffnNeurons, kvGroups }] of (await collect(random, cut, ['activation'])).entries()) {
      const kept = keptIndices(random.units.module(l, 'ffnNeuron'), cut);
      const values = kept.map((i) => ffnNeurons.fluctuation[i] ?? Number.NaN);
      const deviation = Math.sqrt(sum(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));
      const expected = values.map((value) => (value - mean(values)) / deviation);
      expect(
        maxRelativeError(
          kept.map((i) => ffnNeurons.standardFluctuation[i] ?? Number.NaN),
          expected,
        ),
      ).toBeLessThan(1e-9);
      // Scores of columns add up to nothing, so do those of groups, which have as many columns each.
      expect(sum([...kvGroups.standardFluctuation])).toBeCloseTo(0, 9);
    }
  });

  it('estimates, for kind obs, the energy of one output map after a refit (seed 4)', async () => {
    const random = randomModel(4);
    const { checkpoint, units, windows } = random;
    const empty = emptySet(units);
    const [layer] = await collect(random, empty, ['obs'], 30);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, units, empty, window)));
    const data = await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight');
    const rows = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const gram = Float64Array.from({ length: 19 * 19 }, (_, at) =>
      mean(rows.map((row) => (row[Math.floor(at / 19)] ?? 0) * (row[at % 19] ?? 0))),
    );
    const expected = atOnce(obsEnergies({ size: 19, data: gram }, { rows: 14, cols: 19, data }, 1));
    expect(maxRelativeError(layer?.ffnNeurons.obsEnergy ?? [], expected)).toBeLessThan(1e-4);
  });

  it('lets others have their turn while it factors a wide layer, and ends there when it is cancelled', async () => {
    // Three turns to factor, three to invert; the reference backend itself never waits.
    const { checkpoint, units, windows } = randomModel(6, { layerCount: 1, ffnSize: 700 });
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, emptySet(units));
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const layer = model.collectStatistics(windows, ['obs'], controller.signal).next();
    await expect(layer).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    model.release();
    expect(backend.memory.used).toBe(0);
  });

  it('has the same bits in whatever chunks (seed 8)', async () => {
    const random = randomModel(8);
    const cut = random.randomSet(0.3);
    const kinds = ['activation', 'obs', 'similarity'] as const;
    const together = await collect(random, cut, kinds);
    for (const rowsPerChunk of [16, 30]) expect(await collect(random, cut, kinds, rowsPerChunk)).toEqual(together);
  });

  it('refuses to run without windows', async () => {
    const random = { ...randomModel(5), windows: [] };
    await expect(collect(random, emptySet(random.units), ['activation'])).rejects.toMatchObject({
      reason: 'TEXT_EMPTY',
    });
  });
});
