import { describe, expect, it } from '@jest/globals';
import type { Checkpoint, ModelConfig } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops';
import type { Backend } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import type { ModuleName, UnitSet } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';
import type { RandomModel } from '../testing/random-model.ts';
import { atOnce } from '../statistics/stepwise.ts';
import { planMemory } from '../cost/plan-memory.ts';
import { recoveredTensors } from './recovered-tensors.ts';
import type { RecoveredModule, RecoveryRequest, Repair } from './recovery-request.ts';
import { refit } from './refit.ts';

const LEAST_SQUARES = { method: 'leastSquares', ridge: 1e-2 } as const;
const ALIGNED = { method: 'alignedLeastSquares', ridge: 1e-2 } as const;

async function recovered(
  { checkpoint }: RandomModel,
  cut: UnitSet,
  request: RecoveryRequest,
  { backend = createReferenceBackend(), rowsPerChunk = 1000 }: { backend?: Backend; rowsPerChunk?: number } = {},
): Promise<RecoveredModule[]> {
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
  const modules: RecoveredModule[] = [];
  for await (const module of model.recover(request)) modules.push(module);
  model.release();
  expect(backend.memory.used).toBe(0);
  return modules;
}

/** Of two repairs of one kind and size. */
function largestError(found: Repair | undefined, expected: Repair): number {
  const [a, b] = [found, expected].map((repair) => repair && Object.values(repair)[0]);
  expect([a?.rows, a?.cols]).toEqual([b?.rows, b?.cols]);
  return [...(a?.data ?? [])].reduce((most, value, i) => Math.max(most, Math.abs(value - (b?.data[i] ?? NaN))), 0);
}

const nameOf = ({ module }: RecoveredModule): ModuleName => module;

/** A cut with every kind of block: whole, thinned and gone. */
function mixedCut({ units }: RandomModel): UnitSet {
  const cut = emptySet(units);
  const remove = (layer: number, kind: 'kvGroup' | 'ffnNeuron', share: number): void => {
    const { start, count } = units.module(layer, kind);
    cut.fill(1, start, start + Math.floor(share * count));
  };
  remove(0, 'ffnNeuron', 0.5);
  remove(1, 'kvGroup', 0.7);
  remove(1, 'ffnNeuron', 1);
  remove(2, 'kvGroup', 0.4);
  remove(2, 'ffnNeuron', 0.3);
  return cut;
}

/** A row before the gains and the bias of the family's norm. */
function normalized(row: readonly number[], { family, normEpsilon }: ModelConfig): number[] {
  const mean = family === 'phi' ? row.reduce((sum, value) => sum + value, 0) / row.length : 0;
  const squares = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((value) => (value - mean) / Math.sqrt(squares + normEpsilon));
}

const FAMILIES: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ['llama', {}],
  ['phi', { family: 'phi', rotaryDim: 2 }],
];

describe.each(FAMILIES)('recover, %s', (_, changes) => {
  it('fits each block to its whole self on the stream from the blocks before it', async () => {
    const random = randomModel(1, changes);
    const { checkpoint, windows, units } = random;
    const cut = emptySet(units);
    const { start } = units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const modules = [{ layer: 0, kind: 'ffnNeuron' }] as const;
    const [module] = await recovered(random, cut, { ...LEAST_SQUARES, windows, choice: { modules } });
    // Nothing before the first FFN is cut, so that its inputs are those of the whole model.
    const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, units, emptySet(units), w)));
    const neurons = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const gram = Float32Array.from({ length: 19 * 19 }, (__, i) =>
      neurons.reduce((sum, row) => sum + (row[Math.floor(i / 19)] ?? 0) * (row[i % 19] ?? 0), 0),
    );
    const expected = atOnce(
      refit({
        gram: { rows: 19, cols: 19, data: gram },
        weight: { rows: 14, cols: 19, data: await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight') },
        kept: Array.from({ length: 11 }, (__, i) => 8 + i),
        ridge: LEAST_SQUARES.ridge,
      }),
    );
    expect(largestError(module?.repair, { weight: expected })).toBeLessThan(1e-4);
  });

  it('gives each block the mean contribution of what it lost as a bias, which the recovered model adds', async () => {
    const random = randomModel(8, changes);
    const { checkpoint, windows, units } = random;
    const cut = emptySet(units);
    const { start } = units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const modules = [{ layer: 0, kind: 'ffnNeuron' }] as const;
    const [module] = await recovered(random, cut, { method: 'bias', ridge: 0, windows, choice: { modules } });
    const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, units, emptySet(units), w)));
    const neurons = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const down = await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight');
    const name = 'model.layers.0.mlp.down_proj.bias';
    const own = checkpoint.tensors.has(name) ? await checkpoint.readFloats(name) : undefined;
    const expected = Float32Array.from({ length: 14 }, (__, output) =>
      neurons.reduce(
        (sum, row) => sum + row.slice(0, 8).reduce((lost, x, j) => lost + x * (down[output * 19 + j] ?? NaN), 0),
        0,
      ),
    ).map((sum, output) => sum / neurons.length + (own?.[output] ?? 0));
    expect(largestError(module?.repair, { bias: { rows: 1, cols: 14, data: expected } })).toBeLessThan(1e-5);
  });

  it('is no worse than the cut with biases that held-out text accepts, whatever masks share its batch', async () => {
    const random = randomModel(2, changes);
    const heldOut = randomModel(3, changes).windows;
    const cut = mixedCut(random);
    const request = { method: 'bias', ridge: 0, windows: random.windows, choice: { heldOut } } as const;
    const accepted = (await recovered(random, cut, request)).filter(({ trial }) => trial?.accepted);
    expect(accepted.length).toBeGreaterThan(0);
    const tensors = new Map(recoveredTensors(accepted).map((tensor) => [tensor.name, tensor]));
    const { checkpoint, units } = random;
    const withBiases: Checkpoint = {
      ...checkpoint,
      tensors: new Map([
        ...checkpoint.tensors,
        ...[...tensors].map(([name, { shape }]) => [name, { name, shape, dtype: 'F32' }] as const),
      ]),
      readFloats: async (name, rows) => tensors.get(name)?.data ?? checkpoint.readFloats(name, rows),
    };
    const model = await loadModel(createReferenceBackend(), withBiases, cut);
    const wholeBlock = emptySet(units);
    const { start, count } = units.module(2, 'ffnNeuron');
    for (let id = start; id < start + count; id++) wholeBlock[id] = 1 - (cut[id] ?? 0);
    const masks = [emptySet(units), wholeBlock];
    const together = await lossesOf(model, heldOut, masks);
    const alone = await Promise.all(masks.map((mask) => lossesOf(model, heldOut, [mask])));
    expect(together).toEqual(alone.flat());
    const tokens = heldOut.reduce((sum, window) => sum + window.length - 1, 0);
    const nll = (together[0] ?? []).reduce((sum, value) => sum + value, 0) / tokens;
    expect(nll).toBeCloseTo(accepted.at(-1)?.trial?.nllAfter ?? NaN, 6);
    model.release();
  });

  it('tries the blocks that lost something and kept something, in order, and keeps what lowers the held-out NLL', async () => {
    const random = randomModel(2, changes);
    const heldOut = randomModel(3, changes).windows;
    const modules = await recovered(random, mixedCut(random), {
      ...LEAST_SQUARES,
      windows: random.windows,
      choice: { heldOut },
    });
    expect(modules.map(nameOf)).toEqual([
      { layer: 0, kind: 'ffnNeuron' },
      { layer: 1, kind: 'kvGroup' },
      { layer: 2, kind: 'kvGroup' },
      { layer: 2, kind: 'ffnNeuron' },
    ]);
    let nll = modules[0]?.trial?.nllBefore;
    for (const { trial } of modules) {
      expect(trial?.nllBefore).toBe(nll);
      expect(trial?.accepted).toBe((trial?.nllAfter ?? NaN) < (trial?.nllBefore ?? NaN));
      if (trial?.accepted === true) nll = trial.nllAfter;
    }
  });

  it.each([LEAST_SQUARES, ALIGNED])('gives the same bits again when told which modules to recover: %j', async (by) => {
    const random = randomModel(4, changes);
    const request = { ...by, windows: random.windows };
    const tried = await recovered(random, mixedCut(random), { ...request, choice: { heldOut: random.windows } });
    const accepted = tried.filter(({ trial }) => trial?.accepted);
    expect(accepted.length).toBeGreaterThan(0);
    const again = await recovered(random, mixedCut(random), {
      ...request,
      choice: { modules: accepted.map(nameOf) },
    });
    expect(again.map(({ repair }) => repair)).toEqual(accepted.map(({ repair }) => repair));
  });

  it.each(['leastSquares', 'alignedLeastSquares', 'bias'] as const)(
    'by %s keeps a memory budget, in the same bits',
    async (method) => {
      const random = randomModel(7, { ...changes, layerCount: 6 });
      const { checkpoint, windows } = random;
      const cut = mixedCut(random);
      const heldOut = windows.slice(0, 3);
      const request = { method, ridge: 1e-2, windows, choice: { heldOut } };
      const least = (): number => {
        const lengthsOf = (texts: readonly Uint32Array[]): number[] => texts.map(({ length }) => length);
        const work = { recovery: { method, heldOut: lengthsOf(heldOut) } };
        try {
          const task = { config: checkpoint.config, cut, windowLengths: lengthsOf(windows), work };
          planMemory(task, createReferenceBackend({ memoryBudget: 1 }));
        } catch (error) {
          return Number(/\((\d+) bytes\)/.exec(String(error))?.[1]);
        }
        throw new Error('a byte is enough');
      };
      const free = createReferenceBackend();
      const resident = await recovered(random, cut, request, { backend: free });
      expect(resident.length).toBeGreaterThan(0);
      expect(least()).toBeLessThan(free.memory.peak);
      for (const memoryBudget of [least(), 1.2 * least(), 2 * least()].map(Math.floor)) {
        const backend = createReferenceBackend({ memoryBudget });
        expect(await recovered(random, cut, request, { backend })).toEqual(resident);
        expect(backend.memory.peak).toBeLessThanOrEqual(memoryBudget);
      }
      const short = recovered(random, cut, request, { backend: createReferenceBackend({ memoryBudget: least() - 1 }) });
      await expect(short).rejects.toMatchObject({ reason: 'DEVICE_OUT_OF_MEMORY' });
    },
  );

  it('aims at the same, aligned with the whole model, as long as nothing before the block is cut', async () => {
    const random = randomModel(9, changes);
    const cut = emptySet(random.units);
    const { start } = random.units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const request = { windows: random.windows, choice: { modules: [{ layer: 0, kind: 'ffnNeuron' }] } } as const;
    const [plain] = await recovered(random, cut, { ...LEAST_SQUARES, ...request });
    const [aligned] = await recovered(random, cut, { ...ALIGNED, ...request });
    expect(largestError(aligned?.repair, plain?.repair as Repair)).toBeLessThan(1e-4);
  });

  it('aims elsewhere behind a block that is cut', async () => {
    const random = randomModel(10, changes);
    const request = { windows: random.windows, choice: { modules: [{ layer: 2, kind: 'ffnNeuron' }] } } as const;
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
    const streamsOf = async (removed: UnitSet): Promise<number[][]> => {
      const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, units, removed, w)));
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

  it('gives biases on a device that holds no matrix over inputs and outputs of a block, and says so of least squares', async () => {
    const random = randomModel(12, changes);
    const windows = random.windows.map((window) => window.slice(0, 3));
    const backend = (): Backend => createReferenceBackend({ maxMatrixElements: 14 * 19 - 1 });
    const request = { windows, choice: { heldOut: windows } };
    const biases = await recovered(
      random,
      mixedCut(random),
      { method: 'bias', ridge: 0, ...request },
      { backend: backend() },
    );
    expect(biases.length).toBeGreaterThan(0);
    for (const by of [LEAST_SQUARES, ALIGNED]) {
      const refused = recovered(random, mixedCut(random), { ...by, ...request }, { backend: backend() });
      await expect(refused).rejects.toMatchObject({ reason: 'SETTING_INVALID', field: 'recovery.method' });
    }
  });

  it('recovers nothing where nothing is cut', async () => {
    const random = randomModel(5, changes);
    const choice = { heldOut: random.windows };
    const request = { ...LEAST_SQUARES, windows: random.windows, choice };
    expect(await recovered(random, emptySet(random.units), request)).toEqual([]);
  });

  it('gives its memory back when it is left early or cancelled', async () => {
    const random = randomModel(6, changes);
    const backend = createReferenceBackend();
    const model = await loadModel(backend, random.checkpoint, mixedCut(random));
    const held = backend.memory.used;
    const request = { ...LEAST_SQUARES, windows: random.windows, choice: { heldOut: random.windows } };
    const left = model.recover(request);
    await left.next();
    await left.return();
    expect(backend.memory.used).toBe(held);
    const cancelled = model.recover(request, AbortSignal.abort());
    await expect(cancelled.next()).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(backend.memory.used).toBe(held);
    model.release();
  });

  it.each(['windows', 'held_out'])('refuses a request without %s', async (field) => {
    const random = randomModel(7, changes);
    const windows = field === 'windows' ? [] : random.windows;
    const request = { ...LEAST_SQUARES, windows, choice: { heldOut: field === 'windows' ? random.windows : [] } };
    await expect(recovered(random, mixedCut(random), request)).rejects.toMatchObject({ reason: 'TEXT_EMPTY', field });
  });
});
