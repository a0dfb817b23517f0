import { Command } from 'commander';
import { openModel, processTerminal, textWindows, withScorer } from '@bonsai/cli';
import { DEMO_MODEL } from '@bonsai/demo';
import { createProcedure, emptySet, meanNll, UnitTable } from '@bonsai/pruning';
import type { PruningSettings } from '@bonsai/pruning';
import { allocationMarkdown, allocationOf } from './allocation-table.ts';
import type { Allocation, AllocationRow } from './allocation-table.ts';
import { replaceFile } from './comparison-record.ts';
import { writeTexts } from './comparison-texts.ts';
import { driveOnScorer, measureMasks } from './drive-on-scorer.ts';
import { listOf } from './variants.ts';

interface Options {
  readonly model: string;
  readonly text?: string;
  readonly out: string;
  readonly masks: string;
  readonly windows: string;
  readonly context: string;
  readonly truthWindows: string;
  readonly share: string;
  readonly seeds: string;
}

const options = new Command('layer-allocation')
  .description(
    'Asks what one round of masks tells about whole modules, against the truth: the model without each module.',
  )
  .option('--model <dir>', 'checkpoint', DEMO_MODEL)
  .option('--text <file>', 'instead of the text of the demo; dealt out to masks and truth')
  .requiredOption('--out <dir>', 'for the texts and allocation.md')
  .option('--masks <n>', 'masks of the round', '80')
  .option('--windows <n>', 'windows per mask', '4')
  .option('--context <n>', 'tokens per window', '128')
  .option('--truth-windows <n>', 'windows that modules are left out on', '32')
  .option('--share <share>', 'of the prunable parameters that the round removes', '0.05')
  .option('--seeds <numbers>', 'comma-separated', '0')
  .parse()
  .opts<Options>();

const context = Number(options.context);
const texts = await writeTexts({ text: options.text, calibration: undefined, evaluation: undefined }, options.out);
const model = await openModel(options.model, undefined, processTerminal());
const windowsOf = (textFile: string, count: number, option: string): Promise<Uint32Array[]> =>
  textWindows({ modelDirectory: model.directory, textFile, context, count, option });
const windows = await windowsOf(texts.calibration, 64, '--text');
const truthWindows = await windowsOf(texts.evaluation, Number(options.truthWindows), '--text');

const settings: Omit<PruningSettings, 'method' | 'prior' | 'seed'> = {
  sparsity: Number(options.share),
  rounds: 1,
  masksPerRound: Number(options.masks),
  windowsPerMask: Number(options.windows),
  poolFactor: 3,
};
/** Random quotas alone, and with everything that the method adds to them. */
const VARIANTS: Readonly<Record<string, Omit<PruningSettings, 'seed'>>> = {
  'published, fixed quotas, global fit': { ...settings, method: 'paper', prior: 'wanda' },
  'published, fixed quotas, local fits': { ...settings, method: 'paperLocal', prior: 'wanda' },
  'ours, random quotas only': { ...settings, method: 'bonsai', prior: 'energy', without: ['probes', 'posteriorDraws'] },
  ours: { ...settings, method: 'bonsai', prior: 'energy' },
};

const units = new UnitTable(model.shape);
const table = await withScorer({}, processTerminal(), async (scorer, signal) => {
  const { path, revision } = model;
  const evaluated = { model: { path, revision }, precision: 'f32', measurement: 'nll', units } as const;
  const whole = emptySet(units);
  const leftOut = units.blocks.map(({ start, count }) =>
    whole.map((_, id) => Number(id >= start && id < start + count)),
  );
  const base = { ...evaluated, cut: whole };
  const losses = await measureMasks(scorer, base, truthWindows, [whole, ...leftOut], signal);
  const [wholeNll = Number.NaN, ...nll] = losses.map(meanNll);
  const truth = nll.map((value) => value - wholeNll);
  const allocate = async (chosen: PruningSettings): Promise<Allocation> => {
    const procedure = createProcedure(chosen, { units, windowTokens: windows.map(({ length }) => length) });
    return allocationOf(units, await driveOnScorer(procedure, scorer, evaluated, windows, signal), truth);
  };
  const rows: AllocationRow[] = [];
  for (const [variant, chosen] of Object.entries(VARIANTS)) {
    const seeds: Allocation[] = [];
    for (const seed of listOf(options.seeds)) seeds.push(await allocate({ ...chosen, seed: Number(seed) }));
    rows.push({ variant, seeds });
  }
  return allocationMarkdown(rows, units.blocks.length);
});
await replaceFile(options.out, 'allocation.md', `${table}\n`);
process.stdout.write(`${table}\n`);
