import { invalidArgument } from '@bonsai/support';
import type { ModelShape } from '../units/model-shape.ts';
import type { ResourceCosts } from '../contract/target.ts';

const FIELD = 'settings.resource_costs';

/**
 * Costs that whoever asks has measured. A unit that costs nothing would never be worth its removal, and a group costs something
 * beside its heads.
 * @throws BonsaiError SETTING_INVALID where they are missing, or no whole numbers of at least 1 (0 for what is in no unit), or
 *   a group costs no more than its heads
 */
export function measuredCosts(costs: ResourceCosts | undefined, { queryHeadsPerGroup }: ModelShape): ResourceCosts {
  if (costs === undefined) throw invalidArgument('SETTING_INVALID', FIELD, 'Give what units cost, as measured.');
  const { kvGroup, queryHead, ffnNeuron, other } = costs;
  requireWhole(kvGroup, 1, `${FIELD}.kv_group`);
  requireWhole(ffnNeuron, 1, `${FIELD}.ffn_neuron`);
  requireWhole(other, 0, `${FIELD}.other`);
  if (queryHead === undefined) return { kvGroup, ffnNeuron, other };
  requireWhole(queryHead, 1, `${FIELD}.query_head`);
  if (kvGroup <= queryHeadsPerGroup * queryHead) {
    const message = `A KV group has ${queryHeadsPerGroup} query heads: give it a larger cost than theirs together.`;
    throw invalidArgument('SETTING_INVALID', `${FIELD}.kv_group`, message);
  }
  return { kvGroup, queryHead, ffnNeuron, other };
}

function requireWhole(cost: number, least: number, field: string): void {
  if (Number.isSafeInteger(cost) && cost >= least) return;
  throw invalidArgument('SETTING_INVALID', field, `Set ${field} to a whole number of at least ${least}.`);
}
