import { describe, expect, it } from '@jest/globals';
import type { Checkpoint } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet } from '@bonsai/pruning';
import type { LayerStatistics, StatisticKind, UnitSet, WindowLoss } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { planMemory } from '../cost/plan-memory.ts';
import type { Work } from '../cost/request-bytes.ts';
import { lossesOf, randomModel, windowLosses } from '../testing/random-model.ts';
import { loadModel } from './load-model.ts';

const random = randomModel(1, { layerCount: 6 });
const { checkpoint, units } = random;
const windows = random.windows.slice(0, 4);
const uncut = emptySet(units);
const cut = random.randomSet(0.3);
const masks = [uncut, random.randomSet(0.1), random.randomSet(0.5), withoutLayer(4), withoutLayer(2)];
const KINDS: readonly StatisticKind[] = ['activation', 'obs', 'similarity'];

function withoutLayer(layer: number): UnitSet {
  const mask = emptySet(units);
  for (const kind of ['kvGroup', 'ffnNeuron'] as const) {
    const { start, count } = units.module(layer, kind);
    mask.fill(1, start, start + count);
  }
  return mask;
}

interface Run {
  readonly losses: (readonly WindowLoss[])[];
  readonly statistics: LayerStatistics[];
  readonly peak: number;
}

async function run(base: UnitSet, memoryBudget?: number, source: Checkpoint = checkpoint): Promise<Run> {
  const backend = createReferenceBackend(memoryBudget === undefined ? {} : { memoryBudget });
  const model = await loadModel(backend, source, base);
  const losses = await windowLosses(model, windows, masks, await model.predict(windows));
  const statistics: LayerStatistics[] = [];
  for await (const layer of model.collectStatistics(windows, KINDS)) statistics.push(layer);
  model.release();
  expect(backend.memory.used).toBe(0);
  return { losses, statistics, peak: backend.memory.peak };
}

const PLAIN_WORK: readonly Work[] = [{ masks: masks.length }, { statistics: KINDS }];
const ALL_WORK: readonly Work[] = [...PLAIN_WORK, { masks: masks.length, compared: true }, { predictions: true }];

/** The least budget for some kinds of work, as the error says. */
function leastBudget(base: UnitSet, works = ALL_WORK): number {
  const windowLengths = windows.map(({ length }) => length);
  const least = works.map((work) => {
    try {
      planMemory(
        { config: checkpoint.config, cut: base, windowLengths, work },
        createReferenceBackend({ memoryBudget: 1 }),
      );
    } catch (error) {
      if (!(error instanceof BonsaiError)) throw error;
      expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY', field: 'gpu_memory' });
      return Number(/\((\d+) bytes\)/.exec(error.message)?.[1]);
    }
    throw new Error('a byte is enough');
  });
  return Math.max(...least);
}

describe.each([
  ['a whole model', uncut],
  ['a cut model', cut],
])('a memory budget, with %s', (_, base) => {
  it('changes no bit of scores and statistics, and is kept, whatever it is', async () => {
    const resident = await run(base);
    const least = leastBudget(base);
    expect(least).toBeLessThan(resident.peak / 2);
    for (const budget of [least, least + 100, 1.2 * least, 1.6 * least].map(Math.floor)) {
      const { losses, statistics, peak } = await run(base, budget);
      expect(peak).toBeLessThanOrEqual(budget);
      expect({ losses, statistics }).toEqual({ losses: resident.losses, statistics: resident.statistics });
    }
  });

  it('below the least one ends in an error that says how much it takes, not in a guess', async () => {
    await expect(run(base, leastBudget(base) - 1)).rejects.toMatchObject({ reason: 'DEVICE_OUT_OF_MEMORY' });
  });
});

describe('streamed layers', () => {
  /** Reads of one tensor in a run with the least budget, on a host with so many bytes left. */
  async function readsOf(tensor: string, hostBytes: number): Promise<number> {
    let reads = 0;
    const counting: Checkpoint = {
      ...checkpoint,
      readFloats: (name, rows) => {
        if (name === tensor) reads++;
        return checkpoint.readFloats(name, rows);
      },
    };
    const backend = createReferenceBackend({ memoryBudget: leastBudget(uncut, PLAIN_WORK) });
    const model = await loadModel(backend, counting, uncut, { hostMemory: () => hostBytes });
    await lossesOf(model, windows, masks);
    model.release();
    return reads;
  }

  it('are read once where the host has memory for their copies, and again where it has none', async () => {
    expect(await readsOf('model.layers.5.mlp.up_proj.weight', 2 ** 30)).toBe(1);
    expect(await readsOf('model.layers.5.mlp.up_proj.weight', 0)).toBeGreaterThan(1);
  });

  it('leave the device when a pass is cancelled or fails', async () => {
    const backend = createReferenceBackend({ memoryBudget: leastBudget(uncut, PLAIN_WORK) });
    const broken: Checkpoint = {
      ...checkpoint,
      readFloats: (name, rows) =>
        name.startsWith('model.layers.5.mlp.up')
          ? Promise.reject(new Error('unreadable'))
          : checkpoint.readFloats(name, rows),
    };
    const model = await loadModel(backend, broken, uncut);
    const before = backend.memory.used;
    await expect(lossesOf(model, windows, masks)).rejects.toThrow('unreadable');
    expect(backend.memory.used).toBe(before);
    const controller = new AbortController();
    const evaluation = model.evaluate(windows, masks, controller);
    const first = evaluation.next();
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(backend.memory.used).toBe(before);
    model.release();
    expect(backend.memory.used).toBe(0);
  });
});
