import type { Resource, ResourceCosts, Target } from '@bonsai/pruning';
import { EXPORT_FORMATS, planProto } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { ExportSize } from '../scorer/scorer.ts';

type TargetFields = Pick<
  planProto.PlanSettings,
  | 'targetParameters'
  | 'targetFlops'
  | 'targetContextLength'
  | 'targetBytes'
  | 'targetFormat'
  | 'targetLatency'
  | 'latencyRuntime'
  | 'resourceCosts'
>;

/**
 * Nothing where no limit is given, so that such settings are what they were before there were limits.
 * @throws BonsaiError SETTING_INVALID for two of them
 */
export function targetSettings(message: TargetFields): { target?: Target } {
  const { targetParameters, targetFlops, targetBytes, targetLatency, targetContextLength, targetFormat } = message;
  const { latencyRuntime, resourceCosts } = message;
  const limits: readonly (readonly [Resource, number])[] = [
    ['parameters', targetParameters],
    ['flops', targetFlops],
    ['bytes', targetBytes],
    ['latency', targetLatency],
  ];
  const [first, second] = limits.filter(([, atMost]) => atMost > 0);
  if (first === undefined) return {};
  if (second !== undefined) {
    throw invalidArgument('SETTING_INVALID', `spec.settings.target_${second[0]}`, 'Give one target, not two.');
  }
  const [resource, atMost] = first;
  return {
    target: {
      resource,
      atMost,
      ...(targetContextLength === 0 ? {} : { contextLength: targetContextLength }),
      ...(resource === 'bytes'
        ? { format: EXPORT_FORMATS.toDomain(targetFormat, 'spec.settings.target_format', 'SETTING_INVALID') }
        : {}),
      ...(resource === 'latency' && latencyRuntime !== '' ? { runtime: latencyRuntime } : {}),
      costs: resourceCosts && costsFromMessage(resourceCosts),
    },
  };
}

/** @throws BonsaiError REQUEST_INVALID if the scorer left the costs out */
export function exportSizeFromMessage({ costs, widthsMayDiffer }: scoringProto.ExportSize): ExportSize {
  if (costs !== undefined) return { costs: costsFromMessage(costs), widthsMayDiffer };
  throw invalidArgument('REQUEST_INVALID', 'export_size.costs', 'The scorer says nothing of costs; update it.');
}

function costsFromMessage({ queryHead, ...costs }: planProto.ResourceCosts): ResourceCosts {
  return queryHead === 0 ? costs : { ...costs, queryHead };
}

export function targetMessage(target: Target | undefined): TargetFields {
  const atMost = (resource: Resource): number => (target?.resource === resource ? target.atMost : 0);
  return {
    targetParameters: atMost('parameters'),
    targetFlops: atMost('flops'),
    targetBytes: atMost('bytes'),
    targetLatency: atMost('latency'),
    latencyRuntime: target?.runtime ?? '',
    targetFormat:
      target?.format === undefined
        ? planProto.ExportFormat.EXPORT_FORMAT_UNSPECIFIED
        : EXPORT_FORMATS.toWire(target.format),
    targetContextLength: target?.contextLength ?? 0,
    resourceCosts: target?.costs && { ...target.costs, queryHead: target.costs.queryHead ?? 0 },
  };
}
