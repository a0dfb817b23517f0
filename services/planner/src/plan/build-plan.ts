import { BonsaiError } from '@bonsai/support';
import { keptLayers, planBudget, planDigest, prunableUnits } from '@bonsai/pruning';
import type { Module, PriorRace, PruningOutcome, RecoveryOutcome, UnitTable } from '@bonsai/pruning';
import { RECOVERY_METHODS, packTrial } from '@bonsai/rpc';
import type { planProto, recoveryProto } from '@bonsai/rpc';
import { roundToMessage } from '../convert/job.ts';
import { constraintCostsToMessage } from '../convert/constraint-costs.ts';
import { modelToMessage } from '../convert/model.ts';
import { PRIORS, settingsToMessage } from '../convert/settings.ts';
import type { JobSpec, ModelDescription } from '../jobs/job.ts';
import { settingsDigest } from './settings-digest.ts';

/** Version of the plan's meaning, raised when a reader must change. */
export const PLAN_SCHEMA_VERSION = 1;

/** The pruned architecture of a finished job, with the digest of its recovered weights where there are any. Pure: equal arguments give an equal plan. */
export function buildPlan(
  spec: JobSpec,
  model: ModelDescription,
  outcome: PruningOutcome,
  weightsDigest?: string,
): planProto.Plan {
  const units = prunableUnits(model.shape, spec.settings);
  const settings = settingsToMessage(spec.settings);
  return {
    schemaVersion: PLAN_SCHEMA_VERSION,
    digest: planDigest(model.revision, units, outcome.cut, weightsDigest),
    model: modelToMessage(model),
    layers: keptLayers(units, outcome.cut).map(({ kvGroups, queryHeads, ffnNeurons }) => ({
      keptKvGroups: [...kvGroups],
      keptQueryHeads: [...queryHeads],
      keptFfnNeurons: [...ffnNeurons],
    })),
    budget: planBudget(units, outcome.cut, spec.settings),
    settings,
    settingsDigest: settingsDigest(settings),
    calibrationDigest: spec.calibration,
    rounds: outcome.rounds.map(roundToMessage),
    evidence: layerEvidence(units, outcome.importance),
    recovery: recoveryMessage(outcome.recovery, weightsDigest),
    constraintCosts: outcome.constraintCosts && constraintCostsToMessage(outcome.constraintCosts),
    priorRace: outcome.priorRace && priorRaceMessage(outcome.priorRace),
  };
}

function recoveryMessage(
  recovery: RecoveryOutcome | undefined,
  weightsDigest = '',
): recoveryProto.PlanRecovery | undefined {
  if (recovery === undefined) return undefined;
  const { method, ridge, windows, heldOut, trials, together, forwardTokens } = recovery;
  return {
    method: RECOVERY_METHODS.toWire(method),
    ridge,
    windows: [...windows],
    heldOutWindows: [...heldOut],
    trials: trials.map(packTrial),
    together: together && { ...together },
    weightsDigest,
    forwardTokens,
  };
}

function priorRaceMessage({ trials, forwardTokens }: PriorRace): planProto.PriorRace {
  return { trials: trials.map(({ prior, loss }) => ({ prior: PRIORS.toWire(prior), loss })), forwardTokens };
}

function layerEvidence(units: UnitTable, importance: Float64Array): planProto.LayerEvidence[] {
  if (!importance.every(Number.isFinite)) {
    throw new BonsaiError('The fit gave an importance that is not a number; report this with the job and its store.', {
      code: 'INTERNAL',
      reason: 'INTERNAL',
    });
  }
  const of = ({ start, count }: Module): number[] => [...importance.subarray(start, start + count)];
  return units.shape.layers.map((_, layer) => ({
    kvGroupImportance: of(units.module(layer, 'kvGroup')),
    ffnNeuronImportance: of(units.module(layer, 'ffnNeuron')),
    queryHeadImportance: of(units.module(layer, 'queryHead')),
  }));
}
