import type { Command } from 'commander';
import { UnitTable } from '@bonsai/pruning';
import { describeChoices, evaluateChoices, openChoices } from '../choices/evaluate-choices.ts';
import { adapterOption } from '../options/adapter-option.ts';
import { gpuMemoryOption } from '../options/gpu-memory-option.ts';
import { scorerSilenceOption } from '../options/scorer-silence-option.ts';
import { scorersOption } from '../options/scorers-option.ts';
import { precisionOption } from '../options/pruning-options.ts';
import type { PrecisionName } from '../options/pruning-options.ts';
import { wholeNumber } from '../options/parse-number.ts';
import { UsageError } from '../options/usage-error.ts';
import { evaluationDocument } from '../evaluation/evaluation-document.ts';
import type { EvaluationDocument } from '../evaluation/evaluation-document.ts';
import { evaluateMaskedModels, evaluateModel } from '../evaluation/evaluate-model.ts';
import type { EvaluatedModel } from '../evaluation/evaluate-model.ts';
import { plannedModel } from '../evaluation/planned-model.ts';
import { openModel, windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { readMasksFile, readWindowsFile } from '../masks/reference-file.ts';
import { unitSetOfMask } from '../masks/unit-set-of-mask.ts';
import { formatTable } from '../output/format.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { countsOf } from '../output/progress-meter.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';
import { withScorer } from '../local/with-services.ts';
import { textWindows } from '../text/text-windows.ts';

interface EvalOptions {
  readonly model: string;
  readonly text?: string;
  readonly context?: number;
  readonly windows?: string;
  readonly masks?: string;
  readonly choices?: string;
  readonly kl: boolean;
  readonly plan?: string;
  readonly calibration?: string;
  readonly calibrationContext?: number;
  readonly scorers?: string;
  readonly gpuMemory?: number;
  readonly adapter?: string;
  readonly scorerSilence?: number;
  readonly precision?: PrecisionName;
  readonly json: boolean;
}

export function addEvalCommand(program: Command, terminal: Terminal): void {
  program
    .command('eval')
    .description('Measure the perplexity of a checkpoint and of masked variants of it, or its accuracy on questions.')
    .requiredOption('--model <dir>', 'Hugging Face checkpoint directory')
    .option('--text <file>', 'text to measure on, cut into disjoint windows')
    .option('--context <n>', 'tokens per window (default: what the model was made for, at most 2048)', wholeNumber(2))
    .option('--windows <file.json>', 'token windows to measure on, instead of a text: {"windows": [[id, ...], ...]}')
    .option('--masks <file.json>', 'with --windows: removed heads and neurons per mask: {"masks": [...]}')
    .option(
      '--choices <file.jsonl>',
      'questions, one a line: {"context": "...", "choices": ["...", ...], "answer": index}',
    )
    .option('--kl', 'also measure how far what it predicts is from what the whole model does', false)
    .option('--plan <file.json>', 'measure the model as this plan prunes it, in the precision that it was made with')
    .option('--calibration <file>', 'the text that the plan was made with, where it has recovered weights')
    .option('--calibration-context <n>', 'tokens per window of that text, as --context of bonsai prune', wholeNumber(2))
    .addOption(scorersOption())
    .addOption(gpuMemoryOption())
    .addOption(adapterOption())
    .addOption(scorerSilenceOption())
    .addOption(precisionOption())
    .option('--json', 'print one JSON document', false)
    .action((options: EvalOptions) => runEval(options, terminal));
}

async function runEval(options: EvalOptions, terminal: Terminal): Promise<void> {
  checkOptions(options);
  const model = await openModel(options.model, options.scorers, terminal);
  const evaluated = await evaluatedModel(options, model);
  if (options.choices !== undefined) return runChoices(options, options.choices, evaluated, terminal);
  const windows = await windowsOf(options, model);
  const { units } = evaluated;
  const listed = options.masks === undefined ? [] : await readMasksFile(options.masks);
  const masks = listed.map((mask, i) => unitSetOfMask(units, mask, `masks[${i}]`));
  const progress = new ProgressLine(terminal);
  const shown = (what: string, total: number): ((done: number) => void) => countsOf(progress, what, total);

  const document = await withScorer(options, terminal, async (scorer, signal) => {
    const showWindows = shown('windows', windows.length);
    const base = await evaluateModel(scorer, evaluated, windows, signal, showWindows);
    const showMasks = shown('masks', masks.length);
    const masked = await evaluateMaskedModels(scorer, evaluated, windows, masks, signal, showMasks);
    return evaluationDocument(base, masked);
  }).finally(() => progress.clear());
  writeResult(
    terminal,
    options.json,
    document,
    describe(document, options.plan === undefined ? 'whole model' : 'pruned model', windows.length),
  );
}

async function evaluatedModel({ plan, ...options }: EvalOptions, model: LocalModel): Promise<EvaluatedModel> {
  const measurement = options.kl ? 'kl' : 'nll';
  if (plan !== undefined) return { ...(await plannedModel(model, { ...options, plan })), measurement };
  return { model, units: new UnitTable(model.shape), precision: options.precision ?? 'auto', measurement };
}

async function runChoices(
  options: EvalOptions,
  file: string,
  evaluated: EvaluatedModel,
  terminal: Terminal,
): Promise<void> {
  const { model } = evaluated;
  const task = await openChoices(file, model.directory, windowLength(model, options.context));
  const progress = new ProgressLine(terminal);
  const document = await withScorer(options, terminal, (scorer, signal) =>
    evaluateChoices(scorer, evaluated, task, signal, countsOf(progress, 'windows', task.spans.windows.length)),
  ).finally(() => progress.clear());
  writeResult(terminal, options.json, document, describeChoices(document));
}

function checkOptions(options: EvalOptions): void {
  const { text, windows, choices, masks, context, kl, plan, calibration, calibrationContext } = options;
  const sources = [text, windows, choices].filter((source) => source !== undefined);
  if (sources.length !== 1) throw new UsageError('Give either --text, --windows or --choices.');
  if (masks !== undefined && windows === undefined) throw new UsageError('--masks needs --windows.');
  if (context !== undefined && windows !== undefined) throw new UsageError('--context goes with --text or --choices.');
  if (kl && choices !== undefined) throw new UsageError('--kl goes with --text or --windows.');
  if (calibration !== undefined && plan === undefined) throw new UsageError('--calibration needs --plan.');
  if (calibrationContext !== undefined && calibration === undefined) {
    throw new UsageError('--calibration-context needs --calibration.');
  }
}

async function windowsOf(options: EvalOptions, model: LocalModel): Promise<Uint32Array[]> {
  if (options.windows !== undefined) return readWindowsFile(options.windows);
  return textWindows({
    modelDirectory: model.directory,
    textFile: options.text ?? '',
    context: windowLength(model, options.context),
    option: '--text',
  });
}

/** @param whole what the model without masks is called */
function describe(document: EvaluationDocument, whole: string, windowCount: number): string {
  const divergence = (kl: number | undefined): string[] => (kl === undefined ? [] : [kl.toFixed(4)]);
  const rows = [
    ['', 'perplexity', ...(document.kl === undefined ? [] : ['KL in nats'])],
    [whole, document.ppl.toFixed(4), ...divergence(document.kl)],
    ...document.masks.map(({ ppl, kl }, i) => [`mask ${i}`, ppl.toFixed(4), ...divergence(kl)]),
  ];
  return `${formatTable(rows)}\n${document.tokens} tokens predicted in ${windowCount} windows`;
}
