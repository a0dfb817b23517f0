import { Command, Option } from 'commander';
import { modelShape } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import type { TransformerModel } from '@bonsai/model';
import type { WeightPrecision } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { Module, UnitSet } from '@bonsai/pruning';
import { deviceName, integerBelow, seededRandom } from '@bonsai/support';
import { randomCheckpoint } from './random-checkpoint.ts';
import { runInTurns } from './run-in-turns.ts';
import type { Work } from './run-in-turns.ts';

/** Layers of the size of SmolLM-135M under a head that takes a hundredth of the time. */
const CONFIG: ModelConfig = {
  family: 'llama',
  hiddenSize: 576,
  layerCount: 6,
  queryHeads: 9,
  kvHeads: 3,
  headDim: 64,
  rotaryDim: 64,
  ffnSize: 1536,
  vocabSize: 256,
  contextLength: 256,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: undefined,
  tiedHead: true,
  biasFlags: [],
};
const MASKS = 16;
const WINDOWS = 4;

const PAIRS = {
  half: ['half removed', 'dense'],
  masks: ['masks together', 'masks one by one'],
  blocks: ['blocks together', 'blocks one by one'],
} as const;

const { precision, rounds, windowLength, only } = new Command('masked-work')
  .description('What evaluating masks costs: with half of the units, many at once, and where they share a beginning.')
  .option('--precision <format>', 'f32, f16 or bf16', 'f32')
  .option('--rounds <n>', 'repetitions, interleaved', '3')
  .option('--window-length <n>', 'tokens per window', '64')
  .addOption(new Option('--only <pairs...>', 'what to compare').choices(Object.keys(PAIRS)).default(Object.keys(PAIRS)))
  .parse()
  .opts<{ precision: WeightPrecision; rounds: string; windowLength: string; only: (keyof typeof PAIRS)[] }>();
const compared = only.map((pair) => PAIRS[pair]);

const random = seededRandom(1);
const device = await openDevice();
const backend = await createGpuBackend(device, { precision });
const model = await loadModel(backend, randomCheckpoint(CONFIG), emptySetOf(CONFIG));
const windows = Array.from({ length: WINDOWS }, () =>
  Uint32Array.from({ length: Number(windowLength) }, () => integerBelow(random, CONFIG.vocabSize)),
);

const dense = emptySet(model.units);
const halves = Array.from({ length: MASKS }, () => randomHalf(model));
const probes = model.units.blocks.map((module) => without(module));
const scores = new Map<string, number[]>();

const allWorks: readonly Work[] = [
  { name: 'dense', run: () => evaluate('dense', [[dense]]) },
  { name: 'half removed', run: () => evaluate('half removed', [halves.slice(0, 1)]) },
  { name: 'masks together', run: () => evaluate('masks together', [halves]) },
  { name: 'masks one by one', run: () => evaluate('masks one by one', one(halves)) },
  { name: 'blocks together', run: () => evaluate('blocks together', [probes]) },
  { name: 'blocks one by one', run: () => evaluate('blocks one by one', one(probes)) },
];
const works = allWorks.filter(({ name }) => compared.flat().some((other) => other === name));
const times = await runInTurns(works, Number(rounds));
const seconds = new Map(works.map(({ name }, i) => [name, times[i]!]));
const line = (text: string): boolean => process.stdout.write(`${text}\n`);
line(
  `${deviceName(device.info)}, ${backend.weightPrecision} weights, seconds of processor and of wall time (least of ${rounds})`,
);
for (const [name, { bestCpu, bestWall }] of seconds) {
  line(`${name.padEnd(20)} ${bestCpu.toFixed(3)} ${bestWall.toFixed(3)}`);
}
for (const [name, base] of compared) report(name, base);
model.release();
await backend.dispose();

function emptySetOf(config: ModelConfig): UnitSet {
  return emptySet(new UnitTable(modelShape(config)));
}

/** Half of the neurons of every layer, and a third or two thirds of its three KV groups in turns. */
function randomHalf({ units }: TransformerModel): UnitSet {
  const set = emptySet(units);
  for (const { kind, layer, start, count } of units.blocks) {
    const wanted = kind === 'ffnNeuron' ? count / 2 : 1 + (layer % 2);
    for (let removed = 0; removed < wanted;) {
      const id = start + integerBelow(random, count);
      removed += 1 - (set[id] as number);
      set[id] = 1;
    }
  }
  return set;
}

function without({ start, count }: Module): UnitSet {
  return emptySet(model.units).fill(1, start, start + count);
}

function one(masks: readonly UnitSet[]): UnitSet[][] {
  return masks.map((mask) => [mask]);
}

/** One call per batch of masks. */
async function evaluate(name: string, batches: readonly (readonly UnitSet[])[]): Promise<void> {
  const sums: number[] = [];
  for (const batch of batches) {
    for await (const mask of model.evaluate(windows, batch)) sums.push(...mask.windows.map(({ nllSum }) => nllSum));
  }
  scores.set(name, sums);
}

function report(name: string, base: string): void {
  const [times, baseTimes] = [seconds.get(name)!, seconds.get(base)!];
  const cpu = (times.bestCpu / baseTimes.bestCpu).toFixed(3);
  const wall = (times.bestWall / baseTimes.bestWall).toFixed(3);
  const same = String(scores.get(name)) === String(scores.get(base)) ? ', scores bit-equal' : '';
  line(`${name} / ${base}: processor time ${cpu}, wall time ${wall}${same}`);
}
