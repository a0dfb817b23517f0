import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint, type Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, planMemory, type MemoryRequest, type RecoveredModule } from '@bonsai/model';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import { emptySet, UnitTable, type LayerStatistics, type StatisticKind, type UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { familyFiles } from '../families/support/family-files.ts';
import { writeRandomCheckpoint } from '../families/support/random-checkpoint.ts';

const SIZES = { hidden: 128, queryHeads: 8, kvHeads: 4, headDim: 16, ffn: 512 };
const LAYERS = 18;
const scratch = useTemporaryDirectory();

let checkpoint: Checkpoint;
let units: UnitTable;
let windows: Uint32Array[];
let cut: UnitSet;
let masks: UnitSet[];

beforeAll(async () => {
  await writeRandomCheckpoint(scratch.path('deep'), familyFiles('qwen2', SIZES, LAYERS), 1);
  checkpoint = await openCheckpoint(scratch.path('deep'));
  units = new UnitTable(modelShape(checkpoint.config));
  const random = seededRandom(2);
  const lengths = [64, 33, 64, 17];
  windows = lengths.map((length) =>
    Uint32Array.from({ length }, () => integerBelow(random, checkpoint.config.vocabSize)),
  );
  const ofBlocks = units.module(0, 'queryHead').start;
  const randomSet = (share: number): UnitSet =>
    emptySet(units).map((_, id) => (id < ofBlocks && random.next() < share ? 1 : 0));
  cut = randomSet(0.3);
  masks = [emptySet(units), randomSet(0.2), randomSet(0.5)];
});

afterAll(async () => {
  await checkpoint.close();
});

const openBackend = async (precision: WeightPrecision, memoryBudget?: number): Promise<Backend> =>
  createGpuBackend(await openDevice(memoryBudget === undefined ? {} : { memoryBudget }), { precision });

interface Run {
  readonly scores: { readonly losses: number[]; readonly statistics: LayerStatistics[] };
  /** That are on the device in the end. */
  readonly weightBytes: number;
  readonly peak: number;
}

interface Recovery {
  readonly modules: RecoveredModule[];
  readonly peak: number;
}

interface Work {
  readonly precision: WeightPrecision;
  readonly base: UnitSet;
  readonly kinds: readonly StatisticKind[];
}

async function run({ precision, base, kinds }: Work, memoryBudget?: number): Promise<Run> {
  const backend = await openBackend(precision, memoryBudget);
  const model = await loadModel(backend, checkpoint, base);
  const losses: number[] = [];
  for await (const mask of model.evaluate(windows, masks)) losses.push(...mask.windows.map(({ nllSum }) => nllSum));
  const statistics: LayerStatistics[] = [];
  for await (const layer of model.collectStatistics(windows, kinds)) statistics.push(layer);
  const { weightBytes } = model;
  model.release();
  expect(backend.memory.used).toBe(0);
  const { peak } = backend.memory;
  await backend.dispose();
  return { scores: { losses, statistics }, weightBytes, peak };
}

/** The least memory that each kind of work takes, as refusals say. */
async function leastFor(
  precision: WeightPrecision,
  base: UnitSet,
  works: readonly MemoryRequest['work'][],
): Promise<number> {
  const backend = await openBackend(precision, 2 ** 20);
  const windowLengths = windows.map(({ length }) => length);
  const least = (work: MemoryRequest['work']): number => {
    try {
      planMemory({ config: checkpoint.config, cut: base, windowLengths, work }, backend, 1);
    } catch (error) {
      return Number(/\((\d+) bytes\)/.exec(String(error))?.[1]);
    }
    throw new Error('a byte is enough');
  };
  const most = Math.max(...works.map(least));
  await backend.dispose();
  return most;
}

describe('weights of more than twice the least memory budget', () => {
  async function compare(work: Work, shareOfLeast: number): Promise<void> {
    const { precision, base, kinds } = work;
    const least = await leastFor(precision, base, [{ masks: masks.length }, { statistics: kinds }]);
    const budget = Math.floor(shareOfLeast * least);
    const resident = await run(work);
    const { scores, peak } = await run(work, budget);
    expect(resident.weightBytes).toBeGreaterThan(2 * least);
    expect(resident.peak).toBeGreaterThan(budget);
    expect(peak).toBeLessThanOrEqual(budget);
    expect(scores).toEqual(resident.scores);
  }

  it('stream through the device: no bit changes, and the peak stays below the budget', async () => {
    await compare({ precision: 'f32', base: emptySet(units), kinds: ['activation', 'similarity'] }, 1);
  });

  it('stream in 16 bits, some of them staying', async () => {
    await compare({ precision: 'f16', base: emptySet(units), kinds: ['activation'] }, 1.4);
  });

  it('stream cut, with Gram matrices beside them', async () => {
    await compare({ precision: 'f32', base: cut, kinds: ['obs'] }, 1.2);
  });
});

describe('a recovery within a memory budget', () => {
  const heldOut = (): Uint32Array[] => windows.slice(0, 2);

  /** Units of two layers only: every block that lost some takes a pass. */
  const thinned = (): UnitSet => {
    const layers = [1, LAYERS - 1].map((layer) => units.module(layer, 'ffnNeuron'));
    return cut.map((member, id) => (layers.some(({ start, count }) => id >= start && id < start + count) ? member : 0));
  };

  async function run(memoryBudget?: number): Promise<Recovery> {
    const backend = await openBackend('bf16', memoryBudget);
    const model = await loadModel(backend, checkpoint, thinned());
    const modules: RecoveredModule[] = [];
    const request = { method: 'alignedLeastSquares', ridge: 1e-2, windows, choice: { heldOut: heldOut() } } as const;
    for await (const module of model.recover(request)) modules.push(module);
    model.release();
    expect(backend.memory.used).toBe(0);
    const { peak } = backend.memory;
    await backend.dispose();
    return { modules, peak };
  }

  it('gives the same bits, and its peak stays below it', async () => {
    const work = {
      recovery: { method: 'alignedLeastSquares', heldOut: heldOut().map(({ length }) => length) },
    } as const;
    const least = await leastFor('bf16', thinned(), [work]);
    const resident = await run();
    const { modules, peak } = await run(least);
    expect(modules).toHaveLength(3);
    expect(modules).toEqual(resident.modules);
    expect(peak).toBeLessThanOrEqual(least);
    expect(resident.peak).toBeGreaterThan(least);
  });
});
