import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { modelShape, openCheckpoint, writeGguf } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { chooseTiling, createGpuBackend, tuningSubject } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import type { WeightPrecision } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { deviceName, integerBelow, seededRandom } from '@bonsai/support';
import { hostWorks } from './host-works.ts';
import { llamaCppWork } from './llama-cpp.ts';
import { measureInTurns, type Measurement, type Work } from './measure.ts';
import { ONE_BY_ONE, TOGETHER, halfMask, modelWorks } from './model-works.ts';
import { onnxWork } from './onnx-runtime.ts';
import { PRODUCT_SHAPES, productWork, tableWorks } from './op-works.ts';
import { markdownReport, type EngineReport } from './report.ts';
import { steadyState } from './steady-state.ts';
import { waitingThreadShare } from './waiting-thread.ts';

interface Options {
  readonly model: string;
  readonly precision: WeightPrecision;
  readonly rounds: string;
  readonly windows: string;
  readonly context: string;
  readonly steady: string;
  readonly ops: boolean;
  readonly large: boolean;
  readonly gpuMemory?: string;
  readonly out?: string;
}

/** Projections of an 8B model (hidden 4096, FFN 14336) over a window of 2048 tokens. */
const LARGE_SHAPES = [
  [2048, 4096, 4096],
  [2048, 4096, 14336],
  [2048, 14336, 4096],
] as const;

const options = new Command('bench-engine')
  .description('Speed of the engine, beside onnxruntime and llama.cpp on the CPU where these are installed.')
  .requiredOption('--model <dir>', 'checkpoint')
  .option('--precision <format>', 'f32, f16 or bf16', 'f32')
  .option('--rounds <n>', 'runs of everything, in turns', '5')
  .option('--windows <n>', 'windows of random tokens', '4')
  .option('--context <n>', 'tokens per window', '256')
  .option('--steady <batches>', 'look for growing memory over so many batches', '0')
  .option('--no-ops', 'leave single ops out')
  .option('--large', 'products of an 8B model, for real GPUs', false)
  .option('--gpu-memory <MiB>', 'run the model within so much device memory too, layers streamed where they must')
  .option('--out <stem>', 'writes STEM.json and STEM.md')
  .parse()
  .opts<Options>();

const threads = availableParallelism();
const rounds = Number(options.rounds);
const device = await openDevice();
const tiling = await chooseTiling(device);
const { precision } = options;
const tile = await tuningSubject(device, precision, tiling).tune();
const backend = await createGpuBackend(device, { precision, tiling, tile });
const checkpoint = await openCheckpoint(options.model);
const model = await loadModel(backend, checkpoint, emptySet(new UnitTable(modelShape(checkpoint.config))));
const windows = randomWindows(checkpoint.config.vocabSize);

const opMeasurements = options.ops ? await measureOps() : [];
const { measurements: forwards, tokens, facts } = await measureModel();
const report: EngineReport = {
  adapter: deviceName(device.info),
  precision: backend.weightPrecision,
  threads,
  rounds,
  measurements: [...opMeasurements, ...forwards],
  tokens,
  facts: { ...facts, ...(await memoryFacts()) },
};
const text = markdownReport(report);
process.stdout.write(text);
if (options.out !== undefined) {
  await writeFile(`${options.out}.md`, text);
  await writeFile(`${options.out}.json`, `${JSON.stringify(report, null, 2)}\n`);
}
// Threads of the drivers and libraries would keep the process alive, and nothing is left to do.
process.exit(0);

async function measureOps(): Promise<Measurement[]> {
  const works: Work[] = [];
  for (const shape of PRODUCT_SHAPES) {
    works.push(await productWork(backend, shape));
    const peer = await onnxWork(shape, threads);
    if (peer !== undefined) works.push(peer);
  }
  works.push(...(await tableWorks(backend)), ...hostWorks());
  if (options.large) for (const shape of LARGE_SHAPES) works.push(await productWork(backend, shape));
  return measureInTurns(works, rounds);
}

async function measureModel(): Promise<Pick<EngineReport, 'measurements' | 'tokens' | 'facts'>> {
  const { works, tokens, scores } = modelWorks(model, checkpoint.config, windows);
  const within = await withinBudget();
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-bench-'));
  try {
    const gguf = join(folder, 'model.gguf');
    await writeGguf({ checkpoint, cut: emptySet(model.units), floats: 'f32', path: gguf });
    const peer = await llamaCppWork(gguf, windows, { flops: works[0]?.flops ?? 0, threads });
    const all = [...works, ...(within?.works ?? []), ...(peer === undefined ? [] : [peer])];
    const measurements = await measureInTurns(all, rounds);
    const waiting = await waitingThreadShare(() => works[0]!.run());
    const peerTokens = peer === undefined ? {} : { [peer.name]: windows.length * Number(options.context) };
    return {
      measurements,
      tokens: { ...Object.fromEntries([...tokens, ...(within?.tokens ?? [])]), ...peerTokens },
      facts: {
        'the thread that waits for the GPU in a forward pass, processor time per wall time':
          waiting ?? 'not counted here',
        'masks score the same bits together and one by one': same(scores.get(TOGETHER), scores.get(ONE_BY_ONE)),
        ...within?.facts(scores.get(TOGETHER)),
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function same(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return String(a) === String(b);
}

/** The model once more, on a device of which it may use little. */
async function withinBudget() {
  if (options.gpuMemory === undefined) return undefined;
  const where = `, within ${options.gpuMemory} MiB`;
  const memoryBudget = Number(options.gpuMemory) * 2 ** 20;
  const small = await createGpuBackend(await openDevice({ memoryBudget }), { precision, tiling, tile });
  const streamed = await loadModel(small, checkpoint, emptySet(model.units));
  const { works, tokens, scores } = modelWorks(streamed, checkpoint.config, windows, where);
  const facts = (resident: readonly number[] | undefined): EngineReport['facts'] => ({
    [`the same bits${where}`]: same(scores.get(`${TOGETHER}${where}`), resident),
    [`device memory at the most${where}, MiB`]: Math.round((small.memory.peak / 2 ** 20) * 10) / 10,
  });
  return { works, tokens, facts };
}

async function memoryFacts(): Promise<EngineReport['facts']> {
  const batches = Number(options.steady);
  const masks = Array.from({ length: 16 }, (_, seed) => halfMask(model, seed));
  const small = windows.slice(0, 1).map((window) => window.subarray(0, 32));
  const runBatch = async (batch: number): Promise<void> => {
    for await (const { windows: losses } of model.evaluate(small, [masks[batch % masks.length]!])) {
      if (losses.some(({ nllSum }) => Number.isNaN(nllSum))) throw new Error('a loss is not a number');
    }
  };
  const { growth } = await steadyState(batches, runBatch, () => backend.memory.used);
  const growths =
    batches === 0
      ? {}
      : {
          [`growth of resident memory over ${batches} batches, bytes per batch`]: Math.round(growth.resident),
          [`growth of device memory over ${batches} batches, bytes per batch`]: Math.round(growth.device),
        };
  return {
    'device memory at the most, MiB': Math.round(backend.memory.peak / 2 ** 20),
    'resident memory, MiB': Math.round(process.memoryUsage.rss() / 2 ** 20),
    ...growths,
  };
}

function randomWindows(vocabulary: number): Uint32Array[] {
  const random = seededRandom(1);
  const window = (): Uint32Array =>
    Uint32Array.from({ length: Number(options.context) }, () => integerBelow(random, vocabulary));
  return Array.from({ length: Number(options.windows) }, window);
}
