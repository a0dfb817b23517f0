import { Command } from 'commander';
import { DEMO_MODEL } from '@bonsai/demo';
import { listOf, parseVariants } from './variants.ts';
import type { Variant } from './variants.ts';

/** What is compared, and on what. */
export interface Comparison {
  readonly model: string;
  readonly texts: TextSources;
  readonly out: string;
  readonly variants: readonly Variant[];
  readonly seeds: readonly number[];
  readonly sparsities: readonly number[];
  /** Name of the variant that the table compares others with; undefined: the best of a sparsity. */
  readonly against: string | undefined;
  readonly effort: Effort;
}

/** Either one text to be dealt out, or two, or none: that of the demo. */
export interface TextSources {
  readonly text: string | undefined;
  readonly calibration: string | undefined;
  readonly evaluation: string | undefined;
}

/** The same for all variants; as bonsai prune takes it. */
export interface Effort {
  readonly rounds: string;
  readonly masks: string;
  readonly windows: string;
  readonly context: string;
  readonly evalWindows: string;
  readonly precision: string;
  /** Further options of bonsai prune. */
  readonly extra: readonly string[];
}

interface Options extends Omit<Effort, 'extra'> {
  readonly model: string;
  readonly text?: string;
  readonly calibration?: string;
  readonly eval?: string;
  readonly out: string;
  readonly methods: string;
  readonly recover: string;
  readonly seeds: string;
  readonly sparsities: string;
  readonly against?: string;
}

export function parseComparison(argv: readonly string[]): Comparison {
  const command = new Command('compare-methods')
    .description(
      'Prunes one model by several methods at equal effort and compares perplexity on text that none has seen. ' +
        'Interrupted comparisons go on where they stopped.',
    )
    .option('--model <dir>', 'checkpoint', DEMO_MODEL)
    .option('--text <file>', 'dealt out in alternating blocks to calibration and evaluation')
    .option('--calibration <file>', 'instead of --text, with --eval; without any of them, the text of the demo')
    .option('--eval <file>', 'text that shares nothing with the calibration')
    .requiredOption('--out <dir>', 'for texts, plans, runs.json, table.md and charts')
    .option('--methods <names>', 'comma-separated: methods with options (bonsai:prior=obs), or presets', 'all')
    .option('--recover <names>', 'comma-separated: every method with each of these recoveries of bonsai prune', 'none')
    .option('--seeds <numbers>', 'comma-separated', '0,1,2,3,4')
    .option('--sparsities <shares>', 'comma-separated', '0.2,0.35,0.5')
    .option('--against <method>', 'row that others are compared with, seed by seed (default: the best of a sparsity)')
    .option('--rounds <n>', 'rounds', '10')
    .option('--masks <n>', 'masks per round', '40')
    .option('--windows <n>', 'windows per mask', '4')
    .option('--context <n>', 'tokens per window', '128')
    .option('--eval-windows <n>', 'evaluation windows', '64')
    .option('--precision <format>', 'weights on the device', 'f32')
    .argument('[options...]', 'further options of bonsai prune, after --')
    .parse(argv, { from: 'user' });
  const options = command.opts<Options>();
  const { model, out, rounds, masks, windows, context, evalWindows, precision } = options;
  if ((options.calibration === undefined) !== (options.eval === undefined)) {
    command.error('Give --calibration and --eval together.');
  }
  return {
    model,
    texts: { text: options.text, calibration: options.calibration, evaluation: options.eval },
    out,
    variants: parseVariants(options.methods, options.recover),
    seeds: listOf(options.seeds).map(Number),
    sparsities: listOf(options.sparsities).map(Number),
    against: options.against,
    effort: { rounds, masks, windows, context, evalWindows, precision, extra: command.args },
  };
}
