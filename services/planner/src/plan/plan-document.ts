import { BonsaiError } from '@bonsai/support';
import { planProto } from '@bonsai/rpc';
import { planDigest } from '@bonsai/pruning';
import { PLAN_SCHEMA_VERSION } from './build-plan.ts';
import { planCut } from './plan-cut.ts';
import { settingsDigest } from './settings-digest.ts';

/**
 * The plan as its canonical JSON document: proto3 JSON in the order of the message's fields, one top-level field per
 * line. Equal plans have equal bytes; numbers are the shortest decimals that read back to the same bits.
 */
export function planDocument(plan: planProto.Plan): string {
  const json = planProto.Plan.toJSON(plan);
  const fields = typeof json === 'object' && json !== null ? Object.entries(json) : [];
  const lines = fields.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** @throws BonsaiError PLAN_INVALID if the text is not a plan of this version or was changed by hand */
export function readPlanDocument(text: string): planProto.Plan {
  const plan = parse(text);
  if (plan.schemaVersion === 0) throw notAPlan();
  if (plan.schemaVersion !== PLAN_SCHEMA_VERSION) {
    throw invalid(`it has schema version ${plan.schemaVersion}, this program reads ${PLAN_SCHEMA_VERSION}`);
  }
  if (plan.model === undefined || plan.model.shape === undefined) throw invalid('it does not name its model');
  const { units, cut } = planCut(plan);
  if (plan.digest !== planDigest(plan.model.revision, units, cut, weightsDigestOf(plan))) {
    throw invalid('its digest does not match the units that it keeps and its recovered weights', {
      field: 'plan.digest',
    });
  }
  requireSettings(plan);
  return plan;
}

function requireSettings({ settings, settingsDigest: stated }: planProto.Plan): void {
  if (settings !== undefined && stated === settingsDigest(settings)) return;
  throw invalid('its settings are not those that it was made with', { field: 'plan.settings' });
}

/** SHA-256 (hex) of the file of recovered weights that belongs to the plan; undefined if there is none. */
export function weightsDigestOf({ recovery }: planProto.Plan): string | undefined {
  return recovery === undefined || recovery.weightsDigest === '' ? undefined : recovery.weightsDigest;
}

function parse(text: string): planProto.Plan {
  try {
    return planProto.Plan.fromJSON(JSON.parse(text));
  } catch (cause) {
    throw notAPlan(cause);
  }
}

function notAPlan(cause?: unknown): BonsaiError {
  const message = 'The file is not a plan; give one that bonsai prune or bonsai jobs plan wrote.';
  return new BonsaiError(message, { code: 'INVALID_ARGUMENT', reason: 'PLAN_INVALID', field: 'plan', cause });
}

function invalid(why: string, { field = 'plan' }: { field?: string } = {}): BonsaiError {
  return new BonsaiError(`The plan cannot be used: ${why}; make it again with a job.`, {
    code: 'INVALID_ARGUMENT',
    reason: 'PLAN_INVALID',
    field,
  });
}
