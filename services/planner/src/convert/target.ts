import type { Resource, Target } from '@bonsai/pruning';
import type { planProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';

type TargetFields = Pick<
  planProto.PlanSettings,
  'targetParameters' | 'targetFlops' | 'targetContextLength' | 'resourceCosts'
>;

/**
 * Nothing where no limit is given, so that such settings are what they were before there were limits.
 * @throws BonsaiError SETTING_INVALID for two of them
 */
export function targetSettings(message: TargetFields): { target?: Target } {
  const { targetParameters, targetFlops, targetContextLength, resourceCosts } = message;
  const limits: readonly (readonly [Resource, number])[] = [
    ['parameters', targetParameters],
    ['flops', targetFlops],
  ];
  const [first, second] = limits.filter(([, atMost]) => atMost > 0);
  if (first === undefined) return {};
  if (second !== undefined) {
    throw invalidArgument('SETTING_INVALID', 'spec.settings.target_flops', 'Give one target, not two.');
  }
  const [resource, atMost] = first;
  return {
    target: {
      resource,
      atMost,
      ...(targetContextLength === 0 ? {} : { contextLength: targetContextLength }),
      costs: resourceCosts,
    },
  };
}

export function targetMessage(target: Target | undefined): TargetFields {
  const atMost = (resource: Resource): number => (target?.resource === resource ? target.atMost : 0);
  return {
    targetParameters: atMost('parameters'),
    targetFlops: atMost('flops'),
    targetContextLength: target?.contextLength ?? 0,
    resourceCosts: target?.costs && { ...target.costs },
  };
}
