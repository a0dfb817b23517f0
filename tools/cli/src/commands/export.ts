import type { FloatFormat } from '@bonsai/checkpoint';
import type { Command } from 'commander';
import { weightsDigestOf } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { interruptible } from '../local/interrupt-signal.ts';
import { givenTo } from '../options/given.ts';
import type { IsGiven } from '../options/given.ts';
import { UsageError } from '../options/usage-error.ts';
import { exportModel } from '../outputs/export-model.ts';
import { formatOption, ggufFloatsOption } from '../outputs/output-format.ts';
import type { OutputFormat } from '../outputs/output-format.ts';
import { readPlan } from '../outputs/read-plan.ts';
import { recoveredBeside } from '../outputs/recovered-file.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { ProgressMeter } from '../output/progress-meter.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';

interface ExportOptions {
  readonly plan: string;
  readonly model: string;
  readonly recovered?: string;
  readonly format: OutputFormat;
  readonly ggufFloats: FloatFormat;
  readonly out: string;
  readonly overwrite: boolean;
  readonly json: boolean;
}

export function addExportCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .description('Apply a plan to its checkpoint and write the pruned model.')
    .requiredOption('--plan <file>', 'plan.json of a pruning job')
    .requiredOption('--model <dir>', 'the checkpoint that the plan was made for')
    .option('--recovered <file>', 'recovered weights of the plan, if it has any (default: those beside the plan)')
    .requiredOption('--out <path>', 'file (gguf) or directory (hf) to write')
    .addOption(formatOption().makeOptionMandatory())
    .addOption(ggufFloatsOption())
    .option('--overwrite', 'replace an earlier output', false)
    .option('--json', 'print one JSON document', false);
  command.action((options: ExportOptions) => runExport(options, givenTo(command), terminal));
}

/** By itself this option would be passed over in silence. */
function requireGguf({ format }: ExportOptions, isGiven: IsGiven): void {
  if (format === 'gguf' || !isGiven('ggufFloats')) return;
  throw new UsageError(
    '--gguf-floats goes with --format gguf; the Hugging Face files keep the numbers of the checkpoint.',
  );
}

/** As for {@link requireGguf}. */
function requireRecovery(plan: planProto.Plan, { recovered }: ExportOptions): void {
  if (recovered === undefined || weightsDigestOf(plan) !== undefined) return;
  throw new UsageError('--recovered goes with a plan that has recovered weights; this one has none, leave it out.');
}

async function runExport(options: ExportOptions, isGiven: IsGiven, terminal: Terminal): Promise<void> {
  requireGguf(options, isGiven);
  const { format, ggufFloats, overwrite } = options;
  const plan = await readPlan(options.plan);
  requireRecovery(plan, options);
  const recovered = options.recovered ?? recoveredBeside(options.plan);
  const request = { plan, recovered, modelDirectory: options.model, format, ggufFloats, path: options.out, overwrite };
  const progress = new ProgressLine(terminal);
  const meter = new ProgressMeter(progress);
  const exported = await interruptible((signal) =>
    exportModel(request, signal, (share) => meter.showShare('writing', share)),
  ).finally(() => progress.clear());
  const lines = [`Wrote ${exported.path}.`, ...exported.notes];
  writeResult(terminal, options.json, exported, lines.join('\n'));
}
