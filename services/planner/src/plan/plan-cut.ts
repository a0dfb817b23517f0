import { UnitTable, cutFromKept, keptLayers, unevenLayer, withQueryHeads } from '@bonsai/pruning';
import type { KeptLayer, UnitSet } from '@bonsai/pruning';
import { unpackModelShape } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';

/** The units of the plan's model and those among them that the plan removes. */
export interface PlanCut {
  readonly units: UnitTable;
  readonly cut: UnitSet;
}

/** @throws BonsaiError PLAN_INVALID if the plan keeps a unit that its model does not have, or unequal parts of KV groups */
export function planCut(plan: planProto.Plan): PlanCut {
  const units = new UnitTable(withQueryHeads(unpackModelShape(plan.model?.shape, 'plan.model.shape')));
  const kept = plan.layers.map(({ keptKvGroups, keptQueryHeads, keptFfnNeurons }, layer) => ({
    layer,
    kvGroups: keptKvGroups,
    queryHeads: keptQueryHeads,
    ffnNeurons: keptFfnNeurons,
  }));
  const cut = cutOf(units, kept);
  for (const { layer, queryHeads } of keptLayers(units, cut)) {
    const stated = plan.layers[layer]?.keptQueryHeads.join();
    if (stated !== queryHeads.join())
      throw invalidLayers(`the query heads of layer ${layer} are not those of its groups`);
  }
  const uneven = unevenLayer(units, cut);
  if (uneven !== undefined) throw invalidLayers(`the groups of layer ${uneven} keep different numbers of query heads`);
  return { units, cut };
}

function cutOf(units: UnitTable, kept: readonly KeptLayer[]): UnitSet {
  try {
    return cutFromKept(units, kept);
  } catch (cause) {
    throw invalidLayers(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalidLayers(why: string, cause?: unknown): BonsaiError {
  return new BonsaiError(`The plan does not fit the model that it names: ${why}; make it again with a job.`, {
    code: 'INVALID_ARGUMENT',
    reason: 'PLAN_INVALID',
    field: 'plan.layers',
    cause,
  });
}
