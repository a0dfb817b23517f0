import type { FloatFormat } from '@bonsai/checkpoint';
import type { Command } from 'commander';
import { givenTo } from '../options/given.ts';
import type { IsGiven } from '../options/given.ts';
import { addMetricOptions, checkMetricOptions } from '../options/metric-options.ts';
import type { MetricOptions } from '../options/metric-options.ts';
import { addServicesOptions, requireScorers } from '../options/planner-options.ts';
import type { ServicesLocation } from '../options/planner-options.ts';
import { wholeNumber } from '../options/parse-number.ts';
import { addPruningOptions } from '../options/pruning-options.ts';
import type { PruningOptions } from '../options/pruning-options.ts';
import { namedByOption } from '../options/named-by-option.ts';
import { UsageError } from '../options/usage-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { formatsOf, outputsOption, ggufFloatsOption } from '../outputs/output-format.ts';
import type { OutputChoice } from '../outputs/output-format.ts';
import { estimatePruning } from '../prune/estimate-pruning.ts';
import { prune } from '../prune/prune.ts';

export interface PruneOptions extends PruningOptions, MetricOptions, ServicesLocation {
  readonly model: string;
  readonly calibrationWindows: number;
  readonly context?: number;
  readonly out?: string;
  readonly format: OutputChoice;
  readonly ggufFloats: FloatFormat;
  readonly eval?: string;
  readonly evalWindows?: number;
  readonly evalKl: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function addPruneCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('prune')
    .description('Remove the attention groups and FFN neurons that matter least. Run it again to resume.')
    .requiredOption('--model <dir>', 'Hugging Face checkpoint directory')
    .option('--calibration <file>', 'text like the one the pruned model is for')
    .option(
      '--out <dir>',
      'where plan.json, recovered.safetensors if there are such weights, report.md and the pruned model go',
    )
    .option('--calibration-windows <n>', 'windows to take from the text, evenly spaced', wholeNumber(1), 64)
    .option('--context <n>', 'tokens per window (default: what the model was made for, at most 2048)', wholeNumber(2))
    .option('--eval <file>', 'held-out text to measure perplexity on, before and after')
    .option('--eval-windows <n>', 'at most this many windows of it, evenly spaced', wholeNumber(1))
    .option('--eval-kl', 'also measure there how far what it predicts is from what the whole model does', false)
    .addOption(outputsOption())
    .addOption(ggufFloatsOption())
    .option('--dry-run', 'only show what it would cost', false);
  addServicesOptions(addMetricOptions(addPruningOptions(command))).action((options: PruneOptions) =>
    runPrune(options, givenTo(command), terminal).catch((error: unknown) => {
      throw namedByOption(error);
    }),
  );
}

function requireOneBudget(options: PruneOptions): void {
  const { sparsity, targetParameters, targetFlops, targetBytes, targetLatency } = options;
  const budgets = [sparsity, targetParameters, targetFlops, targetBytes, targetLatency];
  if (budgets.filter((budget) => budget !== undefined).length === 1) return;
  throw new UsageError(
    'Give one of --sparsity, --target-parameters, --target-flops, --target-bytes and --target-latency.',
  );
}

/** By themselves these options would be passed over in silence. */
function requireCompanions(options: PruneOptions, isGiven: IsGiven): void {
  const { evalKl, evalWindows, recover, recoverWhen, targetContext, targetFlops, targetLatency } = options;
  const heldOut = options.eval;
  if (evalKl && heldOut === undefined) throw new UsageError('--eval-kl needs --eval.');
  if (evalWindows !== undefined && heldOut === undefined) throw new UsageError('--eval-windows needs --eval.');
  if (recoverWhen !== undefined && recover === undefined) throw new UsageError('--recover-when needs --recover.');
  if (options.poolFactor !== undefined && (options.method ?? 'bonsai') !== 'bonsai') {
    throw new UsageError('--pool-factor goes with --method bonsai; others have no candidates.');
  }
  if (options.latencyRuntime !== 'scorer' && targetLatency === undefined) {
    throw new UsageError('--latency-runtime needs --target-latency.');
  }
  if (targetContext !== undefined && targetFlops === undefined && targetLatency === undefined) {
    throw new UsageError('--target-context needs --target-flops or --target-latency.');
  }
  if (options.choices !== undefined && isGiven('calibrationWindows')) {
    throw new UsageError('--calibration-windows goes with a text; of --choices all questions are taken.');
  }
  if (isGiven('ggufFloats') && !hasGguf(options)) {
    throw new UsageError(
      '--gguf-floats needs a GGUF file: --format gguf or both, or a target that is measured by one.',
    );
  }
}

/** Whether a GGUF file is written, or is what the budget is about. */
function hasGguf({ format, targetBytes, latencyRuntime }: PruneOptions): boolean {
  return formatsOf(format).includes('gguf') || targetBytes !== undefined || latencyRuntime !== 'scorer';
}

async function runPrune(options: PruneOptions, isGiven: IsGiven, terminal: Terminal): Promise<void> {
  checkMetricOptions(options);
  requireScorers(options);
  requireOneBudget(options);
  requireCompanions(options, isGiven);
  if (options.dryRun) return estimatePruning(options, terminal);
  const { out } = options;
  if (out === undefined) throw new UsageError('Give --out DIR, or --dry-run to see only the cost.');
  return prune({ ...options, out }, terminal);
}
