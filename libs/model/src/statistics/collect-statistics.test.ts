import { describe, expect, it } from '@jest/globals';
import { headRows } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Backend } from '@bonsai/ops';
import { emptySet, keptIndices, keptQueryHeads } from '@bonsai/pruning';
import type { LayerStatistics, StatisticKind, UnitSet, UnitStatistics } from '@bonsai/pruning';
import { maxRelativeError, relativeError } from '@bonsai/support/testing';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { randomModel } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';
import { obsEnergies } from '../testing/host-results.ts';

async function collect(
  { checkpoint, windows }: RandomModel,
  cut: UnitSet,
  kinds: readonly StatisticKind[],
  rowsPerChunk = 1000,
  backend = createReferenceBackend(),
): Promise<LayerStatistics[]> {
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
  const layers: LayerStatistics[] = [];
  for await (const layer of model.collectStatistics(windows, kinds)) layers.push(layer);
  model.release();
  expect(backend.memory.used).toBe(0);
  return layers;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const squareSum = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0);

type Rows = readonly ArrayLike<number>[];

/** The rows of a weight, as many as the model is wide. */
const rowsOf = (data: Float32Array): number[][] =>
  Array.from({ length: 14 }, (_, r) => [...data.subarray((r * data.length) / 14, ((r + 1) * data.length) / 14)]);

/** The definitions, for column c of the original W and of the inputs x (rows: tokens). */
function statisticsOfColumn(c: number, weight: Rows, x: Rows) {
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
}

function standardScores(values: readonly number[]): number[] {
  const deviation = Math.sqrt(sum(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));
  return values.map((value) => (value - mean(values)) / deviation);
}

/** Expects what the definitions say of one unit with the given columns. */
function expectUnit(statistics: UnitStatistics, unit: number, columns: readonly number[], weight: Rows, x: Rows): void {
  const perColumn = columns.map((c) => statisticsOfColumn(c, weight, x));
  expect(statistics.meanAbs[unit]).toBeCloseTo(mean(perColumn.map((column) => column.meanAbs)), 5);
  expect(statistics.rmsTimesWeight[unit]).toBeCloseTo(mean(perColumn.map((column) => column.rmsTimesWeight)), 5);
  expect(statistics.outputEnergy[unit]).toBeCloseTo(sum(perColumn.map((column) => column.outputEnergy)), 5);
}

/** OBS energies of units with `perUnit` of the given columns each, from the Gram matrix as defined. */
function naiveObs(columns: readonly number[], weight: Rows, x: Rows, perUnit: number): Float64Array {
  const gram = columns.flatMap((i) => columns.map((j) => mean(x.map((row) => (row[i] ?? 0) * (row[j] ?? 0)))));
  const data = Float32Array.from(weight.flatMap((row) => columns.map((c) => row[c] ?? Number.NaN)));
  const size = columns.length;
  const [energies = new Float64Array(0)] = obsEnergies({
    gram: { rows: size, cols: size, data: Float32Array.from(gram) },
    tokens: 1,
    weight: { rows: weight.length, cols: size, data },
    ridge: 1e-2,
    widths: [perUnit],
  });
  return energies;
}

describe('collectStatistics', () => {
  it.each([1, 2])('follows the definitions on a cut model (seed %i)', async (seed) => {
    const random = randomModel(seed);
    const { checkpoint, units, windows } = random;
    const cut = random.randomSet(0.3);
    const layers = await collect(random, cut, ['activation'], 30);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, cut, window)));
    expect(layers).toHaveLength(units.shape.layers.length);
    for (const [l, layer] of layers.entries()) {
      const energyOf = (rows: Float64Array[][]): number => mean(rows.flat().map(squareSum));
      expect(layer.attentionResidualEnergy).toBeCloseTo(energyOf(traces.map((t) => t.afterAttention[l] ?? [])), 4);
      expect(layer.ffnResidualEnergy).toBeCloseTo(energyOf(traces.map((t) => t.afterFfn[l] ?? [])), 4);

      const output = await checkpoint.readFloats(`model.layers.${l}.self_attn.o_proj.weight`);
      const down = await checkpoint.readFloats(`model.layers.${l}.mlp.down_proj.weight`);
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
    for (const [l, { kvGroups, ffnNeurons, queryHeads }] of layers.entries()) {
      const heads = keptQueryHeads(random.units, l, cut);
      const isKept = Array.from({ length: 6 }, (_, head) => heads.includes(head));
      if (queryHeads === undefined) throw new Error(`no query heads in layer ${l}`);
      for (const values of Object.values<Float64Array | undefined>({ ...queryHeads })) {
        expect(Array.from(values ?? [], (value) => value !== 0)).toEqual(isKept);
      }
      for (const [kind, statistics] of [['kvGroup', kvGroups] as const, ['ffnNeuron', ffnNeurons] as const]) {
        const module = random.units.module(l, kind);
        for (const values of Object.values(statistics)) {
          const zero = [...values].map((value) => (value === 0 ? 1 : 0));
          expect(zero).toEqual([...cut.subarray(module.start, module.start + module.count)]);
        }
      }
    }
  });

  it('follows the definitions for query heads, also where a cut drops one of every group (seed 9)', async () => {
    const [headDim, perGroup] = [6, 3];
    const random = randomModel(9, { queryHeads: 9, headDim });
    const { checkpoint, units, windows } = random;
    const cut = emptySet(units);
    // In two of the layers, another head of every group; in one of these a group as well.
    for (const layer of [0, 1]) {
      for (const group of [0, 1, 2]) cut[units.module(layer, 'queryHead').start + group * perGroup + group] = 1;
    }
    cut[units.module(1, 'kvGroup').start + 1] = 1;
    const layers = await collect(random, cut, ['activation', 'obs'], 30);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, cut, window)));
    for (const [l, { queryHeads }] of layers.entries()) {
      if (queryHeads === undefined) throw new Error(`no query heads in layer ${l}`);
      expect(queryHeads.meanAbs).toHaveLength(9);
      const weight = rowsOf(await checkpoint.readFloats(`model.layers.${l}.self_attn.o_proj.weight`));
      const x = traces.flatMap((trace) => trace.headOutputs[l] ?? []);
      const kept = keptQueryHeads(units, l, cut);
      const columns = headRows(kept, headDim);
      const fluctuations = columns.map((c) => statisticsOfColumn(c, weight, x).fluctuation);
      const scores = standardScores(fluctuations.map((value) => value ** 2));
      const energies = naiveObs(columns, weight, x, headDim);
      for (const [i, head] of kept.entries()) {
        const [first, end] = [i * headDim, (i + 1) * headDim];
        expectUnit(queryHeads, head, columns.slice(first, end), weight, x);
        expect(queryHeads.standardFluctuation[head]).toBeCloseTo(mean(scores.slice(first, end)), 4);
        expect(relativeError(queryHeads.obsEnergy?.[head] ?? Number.NaN, energies[i] ?? Number.NaN)).toBeLessThan(1e-4);
      }
    }
  });

  it('leaves query heads out where every group has one', async () => {
    const random = randomModel(10, { kvHeads: 6 });
    const layers = await collect(random, random.randomSet(0.3), ['activation', 'obs']);
    expect(layers.map(({ queryHeads }) => queryHeads)).toEqual([undefined, undefined, undefined]);
  });

  it('measures, for kind similarity, how far a layer turns the residual stream, in whatever chunks (seed 6)', async () => {
    const random = randomModel(6);
    const cut = random.randomSet(0.3);
    const layers = await collect(random, cut, ['similarity'], 30);
    const forward = (window: Uint32Array) => naiveForward(random.checkpoint, cut, window);
    const traces = await Promise.all(random.windows.map(forward));
    const cosine = (a: Float64Array, b: Float64Array): number =>
      sum(Array.from(a, (value, i) => value * (b[i] ?? Number.NaN))) / Math.sqrt(squareSum(a) * squareSum(b));
    for (const [l, { similarity }] of layers.entries()) {
      const cosines = traces.flatMap((trace) =>
        (trace.entering[l] ?? []).map((row, t) => cosine(row, trace.afterFfn[l]![t]!)),
      );
      expect(similarity).toBeCloseTo(mean(cosines), 5);
    }
  });

  it('standardises fluctuations over the columns that a module has left, squared for groups (seed 7)', async () => {
    const random = randomModel(7);
    const { checkpoint, units, windows } = random;
    const cut = random.randomSet(0.3);
    const layers = await collect(random, cut, ['activation']);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, cut, window)));
    for (const [l, { ffnNeurons, kvGroups }] of layers.entries()) {
      const down = rowsOf(await checkpoint.readFloats(`model.layers.${l}.mlp.down_proj.weight`));
      const inputs = traces.flatMap((trace) => trace.neuronOutputs[l] ?? []);
      const kept = keptIndices(units.module(l, 'ffnNeuron'), cut);
      const ofNeurons = standardScores(kept.map((c) => statisticsOfColumn(c, down, inputs).fluctuation));
      for (const [i, neuron] of kept.entries()) {
        expect(ffnNeurons.standardFluctuation[neuron]).toBeCloseTo(ofNeurons[i] ?? Number.NaN, 4);
      }

      const weight = rowsOf(await checkpoint.readFloats(`model.layers.${l}.self_attn.o_proj.weight`));
      const x = traces.flatMap((trace) => trace.headOutputs[l] ?? []);
      const columns = headRows(keptQueryHeads(units, l, cut), 4);
      const scores = standardScores(columns.map((c) => statisticsOfColumn(c, weight, x).fluctuation ** 2));
      const groups = keptIndices(units.module(l, 'kvGroup'), cut);
      const perGroup = columns.length / groups.length;
      for (const [i, group] of groups.entries()) {
        const expected = mean(scores.slice(i * perGroup, (i + 1) * perGroup));
        expect(kvGroups.standardFluctuation[group]).toBeCloseTo(expected, 4);
      }
    }
  });

  it('estimates, for kind obs, the energy of one output map after a refit (seed 4)', async () => {
    const random = randomModel(4);
    const { checkpoint, units, windows } = random;
    const empty = emptySet(units);
    const [layer] = await collect(random, empty, ['obs'], 30);
    const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, empty, window)));
    const data = await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight');
    const rows = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const expected = naiveObs([...Array(19).keys()], rowsOf(data), rows, 1);
    expect(maxRelativeError(layer?.ffnNeurons.obsEnergy ?? [], expected)).toBeLessThan(1e-4);
  });

  it('lets others have their turn while it factors a wide layer, and ends there when it is cancelled', async () => {
    // Three turns to factor, three to invert; the reference backend itself never waits.
    const { checkpoint, units, windows } = randomModel(6, { layerCount: 1, ffnSize: 700 });
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, emptySet(units));
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const layer = model.collectStatistics(windows, ['obs'], controller).next();
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

  it('takes every window through every layer once, also where not all Gram matrices fit together (seed 11)', async () => {
    const random = randomModel(11, { layerCount: 6, ffnSize: 60 });
    const kinds = ['activation', 'obs', 'similarity'] as const;
    // Room for the Gram matrices of two layers.
    const backend = createReferenceBackend({ memoryBudget: 200_000 });
    let passed = 0;
    const counting: Backend = {
      ...backend,
      recorder: () => {
        const recorder = backend.recorder();
        const attention = recorder.attention.bind(recorder);
        recorder.attention = (out, ...rest) => {
          passed += out.rows;
          attention(out, ...rest);
        };
        return recorder;
      },
    };
    const layers = await collect(random, emptySet(random.units), kinds, 1000, counting);
    expect(passed).toBe(6 * sum(random.windows.map(({ length }) => length)));
    expect(layers).toEqual(await collect(random, emptySet(random.units), kinds));
  });

  it('has the same bits where Gram matrices go in bands of rows (seed 12)', async () => {
    const random = randomModel(12, { layerCount: 1, ffnSize: 600 });
    const nothing = emptySet(random.units);
    const narrow = createReferenceBackend({ maxMatrixElements: 300 * 600 });
    expect(await collect(random, nothing, ['obs'], 1000, narrow)).toEqual(await collect(random, nothing, ['obs']));
  });

  it('refuses to run without windows', async () => {
    const random = { ...randomModel(5), windows: [] };
    const refused = collect(random, emptySet(random.units), ['activation']);
    await expect(refused).rejects.toMatchObject({ reason: 'TEXT_EMPTY' });
  });
});
