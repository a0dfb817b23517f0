import type { StatisticKind, TriedRecovery, UnitSet } from '@bonsai/pruning';
import {
  MEASUREMENTS,
  RECOVERY_METHODS,
  STATISTIC_KINDS,
  packMasks,
  packRecovery,
  packUnitSet,
  packWindows,
  recoveryProto,
} from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { precisionToMessage } from '../convert/precision.ts';
import type { ModelRef } from '../jobs/job.ts';
import type { Precision } from '../jobs/job-settings.ts';
import type { EvaluationBase, LatencyQuestion, MemoryQuestion } from './scorer.ts';

type WindowsPart = { readonly $case: 'windows'; readonly value: scoringProto.WindowChunk };

export function* evaluateRequests(
  base: EvaluationBase,
  windows: readonly Uint32Array[],
): Generator<scoringProto.EvaluateRequest> {
  yield { part: { $case: 'header', value: evaluationHeader(base) } };
  yield* recoveryWindowRequests(base);
  for (const part of windowParts(windows)) yield { part };
}

export function* evaluateMasksRequests(
  base: EvaluationBase,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Generator<scoringProto.EvaluateMasksRequest> {
  yield { part: { $case: 'header', value: evaluationHeader(base) } };
  yield* recoveryWindowRequests(base);
  for (const part of windowParts(windows)) yield { part };
  for (const value of packMasks(base.units, masks)) yield { part: { $case: 'masks', value } };
}

export function* statisticsRequests(
  base: EvaluationBase,
  windows: readonly Uint32Array[],
  statistics: readonly StatisticKind[],
): Generator<scoringProto.CollectStatisticsRequest> {
  const kinds = statistics.map((kind) => STATISTIC_KINDS.toWire(kind));
  yield { part: { $case: 'header', value: { ...baseMessage(base), kinds, signsOfLife: true } } };
  yield* recoveryWindowRequests(base);
  for (const part of windowParts(windows)) yield { part };
}

export function planMemoryRequest(
  { model, precision, measurement, units, cut }: EvaluationBase,
  { windowLengths, masks, statistics, recovery }: MemoryQuestion,
): scoringProto.PlanMemoryRequest {
  return {
    model: modelRefToMessage(model, precision),
    cut: packUnitSet(units, cut),
    windowLengths: [...windowLengths],
    maskCount: masks,
    statistics: statistics.map((kind) => STATISTIC_KINDS.toWire(kind)),
    metric: MEASUREMENTS.toWire(measurement),
    recoveryMethod:
      recovery === undefined
        ? recoveryProto.RecoveryMethod.RECOVERY_METHOD_UNSPECIFIED
        : RECOVERY_METHODS.toWire(recovery.method),
    heldOutWindowLengths: [...(recovery?.heldOutLengths ?? [])],
  };
}

export function latencyRequest(
  { model, precision, units, cut }: EvaluationBase,
  question: LatencyQuestion,
): scoringProto.MeasureLatencyRequest {
  return { model: modelRefToMessage(model, precision), cut: packUnitSet(units, cut), ...question };
}

export function* recoverRequests(
  base: EvaluationBase,
  { method, ridge, windows, heldOut }: TriedRecovery,
): Generator<scoringProto.RecoverRequest> {
  const { model, cut } = baseMessage(base);
  const value = { model, cut, method: RECOVERY_METHODS.toWire(method), ridge, signsOfLife: true };
  yield { part: { $case: 'header', value } };
  for (const part of windowParts(windows)) yield { part };
  for (const value of packWindows(heldOut)) yield { part: { $case: 'heldOutWindows', value } };
}

export function* recoveredWeightsRequests(base: EvaluationBase): Generator<scoringProto.GetRecoveredWeightsRequest> {
  yield { part: { $case: 'header', value: evaluationHeader(base) } };
  yield* recoveryWindowRequests(base);
}

export function modelRefToMessage({ path, revision }: ModelRef, precision: Precision): scoringProto.ModelRef {
  return { path, revision: revision ?? '', precision: precisionToMessage(precision) };
}

function evaluationHeader(base: EvaluationBase): scoringProto.EvaluationHeader {
  return { ...baseMessage(base), metric: MEASUREMENTS.toWire(base.measurement), signsOfLife: true };
}

function baseMessage({ model, precision, units, cut, recovery }: EvaluationBase) {
  return {
    model: modelRefToMessage(model, precision),
    cut: packUnitSet(units, cut),
    recovery: recovery === undefined ? undefined : packRecovery(recovery),
  };
}

function* recoveryWindowRequests({ recovery }: EvaluationBase): Generator<{
  part: { $case: 'recoveryWindows'; value: scoringProto.WindowChunk };
}> {
  for (const value of packWindows(recovery?.windows ?? [])) yield { part: { $case: 'recoveryWindows', value } };
}

function* windowParts(windows: readonly Uint32Array[]): Generator<WindowsPart> {
  for (const value of packWindows(windows)) yield { $case: 'windows', value };
}
