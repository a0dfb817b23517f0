import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { pruningResult, runBonsai } from '@bonsai/cli';
import { alternatingSplit } from './alternating-split.ts';
import { markdownTable, summarize } from './method-table.ts';
import type { MethodRun } from './method-table.ts';

interface Options {
  readonly model: string;
  readonly text: string;
  readonly out: string;
  readonly methods: string;
  readonly seeds: string;
  readonly sparsities: string;
  readonly rounds: string;
  readonly masks: string;
  readonly windows: string;
  readonly context: string;
  readonly evalWindows: string;
  readonly precision: string;
}

/** Characters per block of the alternating split: many blocks in any text worth evaluating on. */
const BLOCK_LENGTH = 2048;

const list = (value: string): string[] => value.split(',').map((item) => item.trim());

const { options, args: extra } = parseOptions();
await mkdir(options.out, { recursive: true });
const split = alternatingSplit(await readFile(options.text, 'utf8'), BLOCK_LENGTH);
const calibration = join(options.out, 'calibration.txt');
const evaluation = join(options.out, 'evaluation.txt');
await writeFile(calibration, split.calibration);
await writeFile(evaluation, split.evaluation);

const runs: MethodRun[] = [];
// Seeds are the outer loop: an interrupted comparison has all methods on the seeds that it reached.
for (const seed of list(options.seeds)) {
  for (const sparsity of list(options.sparsities)) {
    for (const method of list(options.methods)) {
      runs.push(await measure(method, Number(seed), Number(sparsity)));
      await report(runs);
    }
  }
}
process.stdout.write(`${markdownTable(summarize(runs))}\n`);

function parseOptions(): { options: Options; args: string[] } {
  const command = new Command('compare-methods')
    .description(
      'Prunes one model by several methods at equal effort and compares perplexity on text that none has seen.',
    )
    .requiredOption('--model <dir>', 'checkpoint')
    .requiredOption('--text <file>', 'dealt out in alternating blocks to calibration and evaluation')
    .requiredOption('--out <dir>', 'for the text parts, the job store, runs.json and table.md')
    .option('--methods <names>', 'comma-separated', 'bonsai,paper,random')
    .option('--seeds <numbers>', 'comma-separated', '0,1,2')
    .option('--sparsities <shares>', 'comma-separated', '0.5')
    .option('--rounds <n>', 'rounds', '10')
    .option('--masks <n>', 'masks per round', '80')
    .option('--windows <n>', 'windows per mask', '6')
    .option('--context <n>', 'tokens per window', '256')
    .option('--eval-windows <n>', 'evaluation windows', '64')
    .option('--precision <format>', 'weights on the device', 'f32')
    .argument('[options...]', 'further options of bonsai prune, after --');
  command.parse();
  return { options: command.opts<Options>(), args: command.args };
}

async function measure(method: string, seed: number, sparsity: number): Promise<MethodRun> {
  const out = join(options.out, 'plans', `${method}-${sparsity}-${seed}`);
  await rm(out, { recursive: true, force: true });
  const started = performance.now();
  const result = pruningResult(
    await runBonsai([
      ...['prune', '--model', options.model, '--calibration', calibration, '--sparsity', String(sparsity)],
      ...['--method', method, '--seed', String(seed), '--rounds', options.rounds, '--masks', options.masks],
      ...['--windows', options.windows, '--context', options.context, '--precision', options.precision],
      ...['--eval', evaluation, '--eval-windows', options.evalWindows],
      ...['--store', join(options.out, 'jobs.sqlite'), '--format', 'none', '--out', out, ...extra],
    ]),
  );
  const last = result.rounds.at(-1);
  return {
    method,
    seed,
    sparsity,
    densePerplexity: result.perplexity.before,
    perplexity: result.perplexity.after,
    forwardTokens: result.rounds.reduce((sum, round) => sum + round.forwardTokens, 0),
    seconds: (performance.now() - started) / 1000,
    looR2: last?.looR2,
    kendallTau: last?.kendallTau,
  };
}

/** Written after every run, so that a comparison that is cut short keeps what it has. */
async function report(finished: readonly MethodRun[]): Promise<void> {
  await replace('runs.json', `${JSON.stringify({ options, extra, runs: finished }, null, 2)}\n`);
  await replace('table.md', `${markdownTable(summarize(finished))}\n`);
}

async function replace(name: string, content: string): Promise<void> {
  const path = join(options.out, name);
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
