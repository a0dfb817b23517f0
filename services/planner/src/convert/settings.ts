import { invalidArgument } from '@bonsai/support';
import { defaultPrior } from '@bonsai/pruning';
import type {
  Ingredient,
  Layout,
  PriorChoice,
  PrunedUnit,
  PruningMethod,
  RecoverySchedule,
  RecoverySettings,
  WidthConstraints,
} from '@bonsai/pruning';
import { EnumTable, MEASUREMENTS, PRECISIONS, RECOVERY_METHODS, planProto, recoveryProto } from '@bonsai/rpc';
import { DEFAULT_SETTINGS } from '../jobs/job-settings.ts';
import type { JobSettings, Metric } from '../jobs/job-settings.ts';
import { precisionToMessage } from './precision.ts';
import { targetMessage, targetSettings } from './target.ts';

const { RecoveryMethod } = recoveryProto;

const SETTING_INVALID = 'SETTING_INVALID';

const METHODS = new EnumTable<PruningMethod, planProto.Method>({
  bonsai: planProto.Method.METHOD_BONSAI,
  paper: planProto.Method.METHOD_PAPER,
  random: planProto.Method.METHOD_RANDOM,
  priorOnly: planProto.Method.METHOD_PRIOR_ONLY,
  paperLocal: planProto.Method.METHOD_PAPER_LOCAL,
  magnitude: planProto.Method.METHOD_MAGNITUDE,
  wandaSp: planProto.Method.METHOD_WANDA_SP,
  flap: planProto.Method.METHOD_FLAP,
  shortGpt: planProto.Method.METHOD_SHORT_GPT,
  blockPruner: planProto.Method.METHOD_BLOCK_PRUNER,
});

export const PRIORS = new EnumTable<PriorChoice, planProto.Prior>({
  magnitude: planProto.Prior.PRIOR_MAGNITUDE,
  wanda: planProto.Prior.PRIOR_WANDA,
  fluctuation: planProto.Prior.PRIOR_FLUCTUATION,
  energy: planProto.Prior.PRIOR_ENERGY,
  obs: planProto.Prior.PRIOR_OBS,
  random: planProto.Prior.PRIOR_RANDOM,
  best: planProto.Prior.PRIOR_BEST,
});

const INGREDIENTS = new EnumTable<Ingredient, planProto.Ingredient>({
  randomQuotas: planProto.Ingredient.INGREDIENT_RANDOM_QUOTAS,
  priorInFit: planProto.Ingredient.INGREDIENT_PRIOR_IN_FIT,
  carriedEstimates: planProto.Ingredient.INGREDIENT_CARRIED_ESTIMATES,
  partners: planProto.Ingredient.INGREDIENT_PARTNERS,
  logLoss: planProto.Ingredient.INGREDIENT_LOG_LOSS,
  probes: planProto.Ingredient.INGREDIENT_PROBES,
  posteriorDraws: planProto.Ingredient.INGREDIENT_POSTERIOR_DRAWS,
  secondLook: planProto.Ingredient.INGREDIENT_SECOND_LOOK,
  measuredCut: planProto.Ingredient.INGREDIENT_MEASURED_CUT,
  commonSlope: planProto.Ingredient.INGREDIENT_COMMON_SLOPE,
  damageNoise: planProto.Ingredient.INGREDIENT_DAMAGE_NOISE,
  jointDraws: planProto.Ingredient.INGREDIENT_JOINT_DRAWS,
  priorCut: planProto.Ingredient.INGREDIENT_PRIOR_CUT,
});

const METRICS = new EnumTable<Metric, planProto.Metric>({
  ...MEASUREMENTS.wire,
  user: planProto.Metric.METRIC_USER,
});

const UNITS = new EnumTable<PrunedUnit, planProto.PrunedUnit>({
  ffnNeuron: planProto.PrunedUnit.PRUNED_UNIT_FFN_NEURON,
  kvGroup: planProto.PrunedUnit.PRUNED_UNIT_KV_GROUP,
  queryHead: planProto.PrunedUnit.PRUNED_UNIT_QUERY_HEAD,
  block: planProto.PrunedUnit.PRUNED_UNIT_BLOCK,
  layer: planProto.PrunedUnit.PRUNED_UNIT_LAYER,
});

const LAYOUTS = new EnumTable<Layout, planProto.Layout>({
  perLayer: planProto.Layout.LAYOUT_PER_LAYER,
  uniform: planProto.Layout.LAYOUT_UNIFORM,
});

const SCHEDULES = new EnumTable<RecoverySchedule, recoveryProto.RecoverySchedule>({
  everyRound: recoveryProto.RecoverySchedule.RECOVERY_SCHEDULE_EVERY_ROUND,
  atEnd: recoveryProto.RecoverySchedule.RECOVERY_SCHEDULE_AT_END,
});

/**
 * Settings with defaults where the request leaves them open.
 * @param modelPrecision precision of the request's model reference, which may stand in for that of the settings
 * @throws BonsaiError SETTING_INVALID for an unknown choice or two precisions that differ
 */
export function settingsFromMessage(message: planProto.PlanSettings, modelPrecision: planProto.Precision): JobSettings {
  const field = (name: string): string => `spec.settings.${name}`;
  const method = METHODS.toDomainOr(message.method, DEFAULT_SETTINGS.method, field('method'), SETTING_INVALID);
  const recovery = recoverySettings(message);
  return {
    method,
    prior: PRIORS.toDomainOr(message.prior, defaultPrior(method, recovery), field('prior'), SETTING_INVALID),
    metric: METRICS.toDomainOr(message.metric, DEFAULT_SETTINGS.metric, field('metric'), SETTING_INVALID),
    userMetric: message.userMetric,
    sparsity: message.sparsity,
    rounds: message.rounds,
    masksPerRound: message.masksPerRound || DEFAULT_SETTINGS.masksPerRound,
    windowsPerMask: message.windowsPerMask,
    seed: message.seed,
    poolFactor: message.poolFactor === 0 ? DEFAULT_SETTINGS.poolFactor : message.poolFactor,
    precision: PRECISIONS.toDomainOr(
      onePrecision(message.precision, modelPrecision),
      DEFAULT_SETTINGS.precision,
      field('precision'),
      SETTING_INVALID,
    ),
    without: message.without.map((ingredient) => INGREDIENTS.toDomain(ingredient, field('without'), SETTING_INVALID)),
    ...(message.units.length === 0
      ? {}
      : { units: message.units.map((unit) => UNITS.toDomain(unit, field('units'), SETTING_INVALID)) }),
    ...(message.protectedLayers.length === 0 ? {} : { protectedLayers: message.protectedLayers }),
    ...constraintSettings(message),
    ...targetSettings(message),
    ...(recovery === undefined ? {} : { recovery }),
  };
}

export function settingsToMessage(settings: JobSettings): planProto.PlanSettings {
  return {
    method: METHODS.toWire(settings.method),
    prior: PRIORS.toWire(settings.prior),
    metric: METRICS.toWire(settings.metric),
    userMetric: settings.userMetric,
    sparsity: settings.sparsity,
    rounds: settings.rounds,
    masksPerRound: settings.masksPerRound,
    windowsPerMask: settings.windowsPerMask,
    seed: settings.seed,
    poolFactor: settings.poolFactor,
    precision: precisionToMessage(settings.precision),
    without: (settings.without ?? []).map((ingredient) => INGREDIENTS.toWire(ingredient)),
    units: (settings.units ?? []).map((unit) => UNITS.toWire(unit)),
    protectedLayers: [...(settings.protectedLayers ?? [])],
    layout: settings.layout === undefined ? planProto.Layout.LAYOUT_UNSPECIFIED : LAYOUTS.toWire(settings.layout),
    ffnAlignment: settings.ffnAlignment ?? 0,
    minKvGroups: settings.minKvGroups ?? 0,
    minFfnNeurons: settings.minFfnNeurons ?? 0,
    ...targetMessage(settings.target),
    ...recoveryMessage(settings.recovery),
  };
}

/** Nothing where nothing is constrained, so that such settings are what they were before there were constraints. */
function constraintSettings(message: planProto.PlanSettings): Partial<WidthConstraints> {
  const { layout, ffnAlignment, minKvGroups, minFfnNeurons } = message;
  return {
    ...(layout === planProto.Layout.LAYOUT_UNSPECIFIED
      ? {}
      : { layout: LAYOUTS.toDomain(layout, 'spec.settings.layout', SETTING_INVALID) }),
    ...(ffnAlignment === 0 ? {} : { ffnAlignment }),
    ...(minKvGroups === 0 ? {} : { minKvGroups }),
    ...(minFfnNeurons === 0 ? {} : { minFfnNeurons }),
  };
}

/** Nothing where nothing is recovered, so that such settings are what they were before there was recovery. */
function recoverySettings(message: planProto.PlanSettings): RecoverySettings | undefined {
  const { recoveryMethod: method, recoverySchedule: schedule } = message;
  if (method === RecoveryMethod.RECOVERY_METHOD_UNSPECIFIED || method === RecoveryMethod.RECOVERY_METHOD_NONE)
    return undefined;
  return {
    method: RECOVERY_METHODS.toDomain(method, 'spec.settings.recovery_method', SETTING_INVALID),
    schedule: SCHEDULES.toDomainOr(schedule, 'everyRound', 'spec.settings.recovery_schedule', SETTING_INVALID),
  };
}

function recoveryMessage(
  recovery: RecoverySettings | undefined,
): Pick<planProto.PlanSettings, 'recoveryMethod' | 'recoverySchedule'> {
  if (recovery === undefined) {
    return {
      recoveryMethod: RecoveryMethod.RECOVERY_METHOD_UNSPECIFIED,
      recoverySchedule: recoveryProto.RecoverySchedule.RECOVERY_SCHEDULE_UNSPECIFIED,
    };
  }
  return {
    recoveryMethod: RECOVERY_METHODS.toWire(recovery.method),
    recoverySchedule: SCHEDULES.toWire(recovery.schedule),
  };
}

function onePrecision(ofSettings: planProto.Precision, ofModel: planProto.Precision): planProto.Precision {
  const open = planProto.Precision.PRECISION_UNSPECIFIED;
  if (ofSettings === open) return ofModel;
  if (ofModel === open || ofModel === ofSettings) return ofSettings;
  const message = 'The precision of the model and that of the settings differ; set one of them or both alike.';
  throw invalidArgument(SETTING_INVALID, 'spec.settings.precision', message);
}
