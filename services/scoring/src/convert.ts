import type { WeightPrecision } from '@bonsai/ops';
import type { Measurement, StatisticKind } from '@bonsai/pruning';
import { planProto, scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { AdapterDescription } from './session/compute-device.ts';
import type { CachedModel } from './session/model-cache.ts';

/** Undefined: whatever the server takes. @throws BonsaiError REQUEST_INVALID */
export function weightPrecision(message: planProto.Precision, field: string): WeightPrecision | undefined {
  switch (message) {
    case planProto.Precision.PRECISION_UNSPECIFIED:
      return undefined;
    case planProto.Precision.PRECISION_F32:
      return 'f32';
    case planProto.Precision.PRECISION_F16:
      return 'f16';
    case planProto.Precision.PRECISION_BF16:
      return 'bf16';
    case planProto.Precision.UNRECOGNIZED:
    default:
      throw invalidArgument('REQUEST_INVALID', field, 'Choose precision F32, F16 or BF16, or leave it out.');
  }
}

const PRECISION_MESSAGES: Readonly<Record<WeightPrecision, planProto.Precision>> = {
  f32: planProto.Precision.PRECISION_F32,
  f16: planProto.Precision.PRECISION_F16,
  bf16: planProto.Precision.PRECISION_BF16,
};

export const precisionMessage = (precision: WeightPrecision): planProto.Precision => PRECISION_MESSAGES[precision];

/** What a metric takes to be computed; an absent one is NLL. @throws BonsaiError REQUEST_INVALID if scorers do not know it */
export function measurement(message: planProto.Metric, field: string): Measurement {
  switch (message) {
    case planProto.Metric.METRIC_UNSPECIFIED:
    case planProto.Metric.METRIC_NLL:
      return 'nll';
    case planProto.Metric.METRIC_KL:
      return 'kl';
    case planProto.Metric.METRIC_USER:
    case planProto.Metric.UNRECOGNIZED:
    default:
      throw invalidArgument('REQUEST_INVALID', field, 'Choose the metric NLL or KL, or leave it out.');
  }
}

/** @throws BonsaiError REQUEST_INVALID if there are none or one is unknown */
export function statisticKinds(messages: readonly scoringProto.StatisticKind[], field: string): StatisticKind[] {
  if (messages.length === 0) throw invalidArgument('REQUEST_INVALID', field, 'Say which statistics to collect.');
  return messages.map((message, i) => statisticKind(message, `${field}[${i}]`));
}

function statisticKind(message: scoringProto.StatisticKind, field: string): StatisticKind {
  switch (message) {
    case scoringProto.StatisticKind.STATISTIC_KIND_ACTIVATION:
      return 'activation';
    case scoringProto.StatisticKind.STATISTIC_KIND_OBS:
      return 'obs';
    case scoringProto.StatisticKind.STATISTIC_KIND_SIMILARITY:
      return 'similarity';
    case scoringProto.StatisticKind.STATISTIC_KIND_UNSPECIFIED:
    case scoringProto.StatisticKind.UNRECOGNIZED:
    default:
      throw invalidArgument('REQUEST_INVALID', field, 'Choose the statistics ACTIVATION, OBS or SIMILARITY.');
  }
}

export function adapterMessage(adapter: AdapterDescription): scoringProto.AdapterInfo {
  return { ...adapter, features: [...adapter.features], limits: wholeNumbers(adapter.limits) };
}

/** The wire has 64 bits; a limit that JavaScript cannot state exactly means "no limit worth mentioning". */
function wholeNumbers(limits: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, Math.min(value, Number.MAX_SAFE_INTEGER)]),
  );
}

export function loadedModelMessage(cached: CachedModel): scoringProto.LoadedModel {
  return {
    path: cached.path,
    revision: cached.revision,
    baseDigest: cached.cutDigest,
    precision: precisionMessage(cached.precision),
    weightBytes: cached.model.weightBytes,
  };
}
