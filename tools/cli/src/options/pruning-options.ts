import { Option } from 'commander';
import type { Command } from 'commander';
import { DEFAULT_SETTINGS } from '@bonsai/planner';
import { planProto, recoveryProto } from '@bonsai/rpc';
import { LATENCY_RUNTIMES } from '../latency/latency-runtime.ts';
import type { LatencyRuntimeName } from '../latency/latency-runtime.ts';
import { latencyTarget } from '../latency/latency-target.ts';
import type { LatencyTarget } from '../latency/latency-target.ts';
import { numberFrom, quantity, share, wholeNumber, wholeNumbers } from './parse-number.ts';

const { RecoveryMethod, RecoverySchedule } = recoveryProto;
const { ExportFormat, Ingredient, Layout, Method, Metric, Precision, Prior, PrunedUnit } = planProto;

/** The names of the command line for the choices of the contract. */
const METHODS = {
  bonsai: Method.METHOD_BONSAI,
  paper: Method.METHOD_PAPER,
  random: Method.METHOD_RANDOM,
  'prior-only': Method.METHOD_PRIOR_ONLY,
  'paper-local': Method.METHOD_PAPER_LOCAL,
  magnitude: Method.METHOD_MAGNITUDE,
  'wanda-sp': Method.METHOD_WANDA_SP,
  flap: Method.METHOD_FLAP,
  shortgpt: Method.METHOD_SHORT_GPT,
  blockpruner: Method.METHOD_BLOCK_PRUNER,
};
const INGREDIENTS = {
  'random-quotas': Ingredient.INGREDIENT_RANDOM_QUOTAS,
  'prior-in-fit': Ingredient.INGREDIENT_PRIOR_IN_FIT,
  'carried-estimates': Ingredient.INGREDIENT_CARRIED_ESTIMATES,
  partners: Ingredient.INGREDIENT_PARTNERS,
  'log-loss': Ingredient.INGREDIENT_LOG_LOSS,
  probes: Ingredient.INGREDIENT_PROBES,
  'posterior-draws': Ingredient.INGREDIENT_POSTERIOR_DRAWS,
  'second-look': Ingredient.INGREDIENT_SECOND_LOOK,
  'measured-cut': Ingredient.INGREDIENT_MEASURED_CUT,
  'common-slope': Ingredient.INGREDIENT_COMMON_SLOPE,
  'damage-noise': Ingredient.INGREDIENT_DAMAGE_NOISE,
  'joint-draws': Ingredient.INGREDIENT_JOINT_DRAWS,
  'prior-cut': Ingredient.INGREDIENT_PRIOR_CUT,
};
const UNITS = {
  neurons: PrunedUnit.PRUNED_UNIT_FFN_NEURON,
  groups: PrunedUnit.PRUNED_UNIT_KV_GROUP,
  heads: PrunedUnit.PRUNED_UNIT_QUERY_HEAD,
  blocks: PrunedUnit.PRUNED_UNIT_BLOCK,
  layers: PrunedUnit.PRUNED_UNIT_LAYER,
};
const PRIORS = {
  magnitude: Prior.PRIOR_MAGNITUDE,
  wanda: Prior.PRIOR_WANDA,
  fluctuation: Prior.PRIOR_FLUCTUATION,
  energy: Prior.PRIOR_ENERGY,
  obs: Prior.PRIOR_OBS,
  random: Prior.PRIOR_RANDOM,
  best: Prior.PRIOR_BEST,
};
const METRICS = { nll: Metric.METRIC_NLL, kl: Metric.METRIC_KL, choices: Metric.METRIC_USER, user: Metric.METRIC_USER };
const PRECISIONS = {
  auto: Precision.PRECISION_UNSPECIFIED,
  f32: Precision.PRECISION_F32,
  f16: Precision.PRECISION_F16,
  bf16: Precision.PRECISION_BF16,
};

const GGUF_FORMATS = { f16: ExportFormat.EXPORT_FORMAT_GGUF_F16, f32: ExportFormat.EXPORT_FORMAT_GGUF_F32 };
const LAYOUTS = { 'per-layer': Layout.LAYOUT_PER_LAYER, uniform: Layout.LAYOUT_UNIFORM };

const RECOVERIES = {
  none: RecoveryMethod.RECOVERY_METHOD_NONE,
  bias: RecoveryMethod.RECOVERY_METHOD_BIAS,
  lsq: RecoveryMethod.RECOVERY_METHOD_ALIGNED_LEAST_SQUARES,
  'lsq-block': RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES,
};
const SCHEDULES = {
  'every-round': RecoverySchedule.RECOVERY_SCHEDULE_EVERY_ROUND,
  'at-end': RecoverySchedule.RECOVERY_SCHEDULE_AT_END,
};

/** Options as commander hands them over; what is absent is the planner's to choose. */
export interface PruningOptions {
  readonly sparsity?: number;
  readonly targetParameters?: number;
  readonly targetFlops?: number;
  readonly targetContext?: number;
  readonly targetBytes?: number;
  readonly targetLatency?: LatencyTarget;
  readonly latencyRuntime: LatencyRuntimeName;
  readonly ggufFloats?: keyof typeof GGUF_FORMATS;
  readonly method?: keyof typeof METHODS;
  readonly prior?: keyof typeof PRIORS;
  readonly metric?: keyof typeof METRICS;
  readonly rounds?: number;
  readonly masks?: number;
  readonly windows?: number;
  readonly seed?: number;
  readonly poolFactor?: number;
  readonly without?: readonly (keyof typeof INGREDIENTS)[];
  readonly units?: readonly (keyof typeof UNITS)[];
  readonly precision?: keyof typeof PRECISIONS;
  readonly protectLayers?: readonly number[];
  readonly layout?: keyof typeof LAYOUTS;
  readonly align?: number;
  readonly minKvGroups?: number;
  readonly minNeurons?: number;
  readonly recover?: keyof typeof RECOVERIES;
  readonly recoverWhen?: keyof typeof SCHEDULES;
}

const choice = (flags: string, description: string, names: object): Option =>
  new Option(flags, description).choices(Object.keys(names));

/** How weights are held on the device; for every command that evaluates. */
export const precisionOption = (): Option =>
  choice('--precision <format>', 'weights on the device (auto: as the checkpoint stores them)', PRECISIONS);

export function addPruningOptions(command: Command): Command {
  addBudgetOptions(command);
  addSearchOptions(command);
  addUnitOptions(command);
  return command
    .addOption(
      choice(
        '--recover <name>',
        'how the layers that are left make up for what is removed (default: none)',
        RECOVERIES,
      ),
    )
    .addOption(
      choice(
        '--recover-when <name>',
        'after every round, or only after the last one (default: every-round)',
        SCHEDULES,
      ),
    )
    .addOption(precisionOption());
}

/** How much is to go. */
function addBudgetOptions(command: Command): void {
  command
    .option('--sparsity <share>', 'share of the prunable parameters to remove, such as 0.5', share)
    .option('--target-parameters <n>', 'instead: the most parameters that may be left in all, such as 1.5G', quantity)
    .option('--target-flops <n>', 'instead: the most FLOPs per token, such as 2.5G', quantity)
    .option(
      '--target-bytes <n>',
      'instead: the largest GGUF file, with its --gguf-floats, such as 2.5G (zeros in place of whole blocks come on top; --min-neurons 1 --min-kv-groups 1 keeps some of each)',
      quantity,
    )
    .option(
      '--target-latency <share>',
      "instead: the longest forward pass (of a whole window, not of a generated token), as a share of the whole model's, such as 0.6, or as a time, such as 12ms",
      latencyTarget,
    )
    .addOption(
      new Option('--latency-runtime <name>', 'what passes are timed on (llama.cpp: by node-llama-cpp, as GGUF files)')
        .choices(LATENCY_RUNTIMES)
        .default('scorer'),
    )
    .option(
      '--target-context <n>',
      'tokens that FLOPs are counted for or latency is measured with (default: those of a window)',
      wholeNumber(1),
    );
}

/** How it is found out what goes. */
function addSearchOptions(command: Command): void {
  const { method, rounds, masksPerRound, windowsPerMask, seed, poolFactor } = DEFAULT_SETTINGS;
  command
    .option(
      '--rounds <n>',
      `rounds of measuring and cutting (default: ${rounds}, or as many as the budget and --align allow)`,
      wholeNumber(1),
    )
    .option(
      '--masks <n>',
      `masks evaluated per round, 8 to 1000 where the method samples them (default: ${masksPerRound})`,
      wholeNumber(1),
    )
    .option(
      '--windows <n>',
      `calibration windows per mask (default: ${windowsPerMask}, at most half of them)`,
      wholeNumber(1),
    )
    .option('--seed <n>', `seed of all random choices (default: ${seed})`, wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option(
      '--pool-factor <k>',
      `candidates per round, as a multiple of what it removes (default: ${poolFactor})`,
      numberFrom(1),
    )
    .addOption(choice('--method <name>', `how units are chosen (default: ${method})`, METHODS))
    .addOption(
      choice(
        '--prior <name>',
        'first guess of importance (best: of obs and energy, by cuts that are recovered; the default of bonsai and prior-only with --recover lsq or lsq-block after every round)',
        PRIORS,
      ),
    )
    .addOption(
      choice('--without <ingredients...>', 'what the method bonsai does without, for comparisons', INGREDIENTS),
    )
    .addOption(
      choice(
        '--metric <name>',
        'what masks are scored by (kl: divergence from the whole model; choices: right answers; user: the metric module of the planner)',
        METRICS,
      ),
    );
}

/** What may go, and what has to stay. */
function addUnitOptions(command: Command): void {
  command
    .addOption(
      choice('--units <names...>', 'what may be removed; heads: without their group (default: neurons groups)', UNITS),
    )
    .option('--protect-layers <list>', 'layers that keep all they have, such as 0,1,11', wholeNumbers)
    .addOption(choice('--layout <name>', 'widths of the layers (uniform: all alike, a stock architecture)', LAYOUTS))
    .option('--align <n>', 'keep FFN widths that are multiples of this, such as 32, 64, 128 or 256', wholeNumber(1))
    .option('--min-kv-groups <n>', 'KV groups that every layer keeps (1: no attention vanishes)', wholeNumber(1))
    .option('--min-neurons <n>', 'FFN neurons that every layer keeps (1: no FFN vanishes)', wholeNumber(1));
}

export const precisionOf = (name: keyof typeof PRECISIONS = 'auto'): planProto.Precision => PRECISIONS[name];

export const priorName = (prior: planProto.Prior): string =>
  Object.entries(PRIORS).find(([, value]) => value === prior)?.[0] ?? 'unknown';

export type PrecisionName = keyof typeof PRECISIONS;

const isPrecisionName = (name: string): name is PrecisionName => Object.hasOwn(PRECISIONS, name);

/** As the option spells it; undefined for one that this program does not know. */
export const precisionName = (precision: planProto.Precision): PrecisionName | undefined =>
  Object.keys(PRECISIONS)
    .filter(isPrecisionName)
    .find((name) => PRECISIONS[name] === precision);

/** 0 stands for "not set" in the contract. */
export function planSettings(options: PruningOptions): planProto.PlanSettings {
  return {
    method: options.method === undefined ? Method.METHOD_UNSPECIFIED : METHODS[options.method],
    prior: options.prior === undefined ? Prior.PRIOR_UNSPECIFIED : PRIORS[options.prior],
    metric: options.metric === undefined ? Metric.METRIC_UNSPECIFIED : METRICS[options.metric],
    sparsity: options.sparsity ?? 0,
    targetParameters: options.targetParameters ?? 0,
    targetFlops: options.targetFlops ?? 0,
    targetContextLength: options.targetContext ?? 0,
    targetBytes: options.targetBytes ?? 0,
    targetFormat:
      options.targetBytes === undefined
        ? ExportFormat.EXPORT_FORMAT_UNSPECIFIED
        : GGUF_FORMATS[options.ggufFloats ?? 'f16'],
    targetLatency: 0,
    latencyRuntime: '',
    resourceCosts: undefined,
    rounds: options.rounds ?? 0,
    masksPerRound: options.masks ?? 0,
    windowsPerMask: options.windows ?? 0,
    seed: options.seed ?? 0,
    poolFactor: options.poolFactor ?? 0,
    userMetric: undefined,
    precision: precisionOf(options.precision),
    recoveryMethod:
      options.recover === undefined ? RecoveryMethod.RECOVERY_METHOD_UNSPECIFIED : RECOVERIES[options.recover],
    recoverySchedule:
      options.recoverWhen === undefined
        ? RecoverySchedule.RECOVERY_SCHEDULE_UNSPECIFIED
        : SCHEDULES[options.recoverWhen],
    without: (options.without ?? []).map((name) => INGREDIENTS[name]),
    layout: options.layout === undefined ? Layout.LAYOUT_UNSPECIFIED : LAYOUTS[options.layout],
    ffnAlignment: options.align ?? 0,
    minKvGroups: options.minKvGroups ?? 0,
    minFfnNeurons: options.minNeurons ?? 0,
    units: (options.units ?? []).map((name) => UNITS[name]),
    protectedLayers: [...(options.protectLayers ?? [])],
  };
}
