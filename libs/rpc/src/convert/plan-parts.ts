import { BonsaiError } from '@bonsai/support';
import type { LayerEvidence, Plan } from '../gen/bonsai/v1/plan.ts';
import type { GetPlanResponse, PlanLayerPart } from '../gen/bonsai/v1/planner.ts';
import { chunks } from './chunks.ts';

/** Entries of each of a layer's lists in one part; with 39 bytes for one entry of all six lists, a part is a chunk at most. */
const PART_ENTRIES = 16 * 1024;
/** An index is a varint of at most 5 bytes, an importance a double. */
const INDEX_BYTES = 5;
const IMPORTANCE_BYTES = 8;
/** Tags and lengths of the messages and lists of one part. */
const PART_BYTES = 64;

/** A plan as the messages of GetPlan: first the plan without its layers and evidence, then those, each message a chunk. */
export function* packPlan(plan: Plan): Generator<GetPlanResponse> {
  yield { part: { $case: 'plan', value: { ...plan, layers: [], evidence: [] } } };
  for (const parts of chunks(layerParts(plan), byteLength)) yield { part: { $case: 'layers', value: { parts } } };
}

/** @throws BonsaiError INTERNAL if a message is missing or out of order */
export async function unpackPlan(messages: AsyncIterable<GetPlanResponse>): Promise<Plan> {
  let plan: Plan | undefined;
  for await (const { part } of messages) {
    if (part?.$case === 'plan' && plan === undefined) plan = { ...part.value, layers: [], evidence: [] };
    else if (part?.$case === 'layers' && plan !== undefined) for (const layer of part.value.parts) append(plan, layer);
    else throw incomplete('its parts are out of order');
  }
  if (plan === undefined || !isWhole(plan)) throw incomplete('parts of it are missing');
  return plan;
}

function* layerParts({ layers, evidence }: Plan): Generator<PlanLayerPart> {
  for (const [layer, { keptKvGroups, keptQueryHeads, keptFfnNeurons }] of layers.entries()) {
    const { kvGroupImportance, queryHeadImportance, ffnNeuronImportance } = evidence[layer] ?? noEvidence();
    const kept = [keptKvGroups, keptQueryHeads, keptFfnNeurons];
    const importances = [kvGroupImportance, queryHeadImportance, ffnNeuronImportance];
    const entries = Math.max(1, ...[...kept, ...importances].map((list) => list.length));
    for (let start = 0; start < entries; start += PART_ENTRIES) {
      const slice = (list: number[]): number[] => list.slice(start, start + PART_ENTRIES);
      yield {
        layer,
        kept: {
          keptKvGroups: slice(keptKvGroups),
          keptQueryHeads: slice(keptQueryHeads),
          keptFfnNeurons: slice(keptFfnNeurons),
        },
        evidence: {
          kvGroupImportance: slice(kvGroupImportance),
          queryHeadImportance: slice(queryHeadImportance),
          ffnNeuronImportance: slice(ffnNeuronImportance),
        },
      };
    }
  }
}

function byteLength({ kept, evidence }: PlanLayerPart): number {
  const count = (...lists: (readonly number[] | undefined)[]): number =>
    lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
  const indices = count(kept?.keptKvGroups, kept?.keptQueryHeads, kept?.keptFfnNeurons);
  const importances = count(evidence?.kvGroupImportance, evidence?.queryHeadImportance, evidence?.ffnNeuronImportance);
  return PART_BYTES + INDEX_BYTES * indices + IMPORTANCE_BYTES * importances;
}

function append(plan: Plan, part: PlanLayerPart): void {
  if (part.layer === plan.layers.length) {
    plan.layers.push({ keptKvGroups: [], keptQueryHeads: [], keptFfnNeurons: [] });
    plan.evidence.push(noEvidence());
  }
  const kept = plan.layers[part.layer];
  const evidence = plan.evidence[part.layer];
  if (kept === undefined || evidence === undefined || part.layer !== plan.layers.length - 1) {
    throw incomplete('its layers are out of order');
  }
  kept.keptKvGroups.push(...(part.kept?.keptKvGroups ?? []));
  kept.keptQueryHeads.push(...(part.kept?.keptQueryHeads ?? []));
  kept.keptFfnNeurons.push(...(part.kept?.keptFfnNeurons ?? []));
  evidence.kvGroupImportance.push(...(part.evidence?.kvGroupImportance ?? []));
  evidence.queryHeadImportance.push(...(part.evidence?.queryHeadImportance ?? []));
  evidence.ffnNeuronImportance.push(...(part.evidence?.ffnNeuronImportance ?? []));
}

/** Whether there is evidence for every unit of the model, which a plan has. */
function isWhole({ model, layers, evidence }: Plan): boolean {
  const shapes = model?.shape?.layers ?? [];
  const complete = shapes.every(
    ({ kvGroups, ffnNeurons }, i) =>
      evidence[i]?.kvGroupImportance.length === kvGroups && evidence[i].ffnNeuronImportance.length === ffnNeurons,
  );
  return complete && layers.length === shapes.length && layers.length > 0;
}

function noEvidence(): LayerEvidence {
  return { kvGroupImportance: [], queryHeadImportance: [], ffnNeuronImportance: [] };
}

function incomplete(why: string): BonsaiError {
  return new BonsaiError(`The planner sent a plan that cannot be put together: ${why}; ask for it again.`, {
    code: 'INTERNAL',
    reason: 'INTERNAL',
  });
}
