import type { ExportFormat, Measurement, ModuleName, RecoveryMethod, StatisticKind } from '@bonsai/pruning';
import {
  ExportFormat as ExportFormatMessage,
  Metric as MetricMessage,
  Precision as PrecisionMessage,
} from '../gen/bonsai/v1/plan.ts';
import { ModuleKind, RecoveryMethod as RecoveryMethodMessage } from '../gen/bonsai/v1/recovery.ts';
import { StatisticKind as StatisticKindMessage } from '../gen/bonsai/v1/scoring.ts';
import { EnumTable } from './enum-table.ts';

// The enums that more than one program speaks. One that a single service converts is beside that conversion.

export const PRECISIONS = new EnumTable<'f32' | 'f16' | 'bf16', PrecisionMessage>({
  f32: PrecisionMessage.PRECISION_F32,
  f16: PrecisionMessage.PRECISION_F16,
  bf16: PrecisionMessage.PRECISION_BF16,
});

/** The metrics that a scorer computes. */
export const MEASUREMENTS = new EnumTable<Measurement, MetricMessage>({
  nll: MetricMessage.METRIC_NLL,
  kl: MetricMessage.METRIC_KL,
});

export const STATISTIC_KINDS = new EnumTable<StatisticKind, StatisticKindMessage>({
  activation: StatisticKindMessage.STATISTIC_KIND_ACTIVATION,
  obs: StatisticKindMessage.STATISTIC_KIND_OBS,
  similarity: StatisticKindMessage.STATISTIC_KIND_SIMILARITY,
});

export const EXPORT_FORMATS = new EnumTable<ExportFormat, ExportFormatMessage>({
  ggufF16: ExportFormatMessage.EXPORT_FORMAT_GGUF_F16,
  ggufF32: ExportFormatMessage.EXPORT_FORMAT_GGUF_F32,
});

export const RECOVERY_METHODS = new EnumTable<RecoveryMethod, RecoveryMethodMessage>({
  leastSquares: RecoveryMethodMessage.RECOVERY_METHOD_LEAST_SQUARES,
  alignedLeastSquares: RecoveryMethodMessage.RECOVERY_METHOD_ALIGNED_LEAST_SQUARES,
  bias: RecoveryMethodMessage.RECOVERY_METHOD_BIAS,
});

export const MODULE_KINDS = new EnumTable<ModuleName['kind'], ModuleKind>({
  attention: ModuleKind.MODULE_KIND_ATTENTION,
  ffn: ModuleKind.MODULE_KIND_FFN,
  finalNorm: ModuleKind.MODULE_KIND_FINAL_NORM,
});
