import type { StatisticKind, UnitSet } from '@bonsai/pruning';
import { packMasks, packUnitSet, packWindows, scoringProto } from '@bonsai/rpc';
import { METRICS, PRECISIONS } from '../convert/settings.ts';
import type { ModelRef } from '../jobs/job.ts';
import type { Precision } from '../settings/job-settings.ts';
import type { EvaluationBase, MemoryQuestion } from './scorer.ts';

const KINDS: Readonly<Record<StatisticKind, scoringProto.StatisticKind>> = {
  activation: scoringProto.StatisticKind.STATISTIC_KIND_ACTIVATION,
  obs: scoringProto.StatisticKind.STATISTIC_KIND_OBS,
  similarity: scoringProto.StatisticKind.STATISTIC_KIND_SIMILARITY,
};

type WindowsPart = { readonly $case: 'windows'; readonly value: scoringProto.WindowChunk };

export function* evaluateRequests(
  base: EvaluationBase,
  windows: readonly Uint32Array[],
): Generator<scoringProto.EvaluateRequest> {
  yield { part: { $case: 'header', value: evaluationHeader(base) } };
  for (const part of windowParts(windows)) yield { part };
}

export function* evaluateMasksRequests(
  base: EvaluationBase,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Generator<scoringProto.EvaluateMasksRequest> {
  yield { part: { $case: 'header', value: evaluationHeader(base) } };
  for (const part of windowParts(windows)) yield { part };
  for (const value of packMasks(base.units, masks)) yield { part: { $case: 'masks', value } };
}

export function* statisticsRequests(
  { model, precision, units, cut }: EvaluationBase,
  windows: readonly Uint32Array[],
  statistics: readonly StatisticKind[],
): Generator<scoringProto.CollectStatisticsRequest> {
  const kinds = statistics.map((kind) => KINDS[kind]);
  const value = { model: modelRefToMessage(model, precision), cut: packUnitSet(units, cut), kinds };
  yield { part: { $case: 'header', value } };
  for (const part of windowParts(windows)) yield { part };
}

export function planMemoryRequest(
  { model, precision, units, cut }: EvaluationBase,
  { windowLengths, masks, statistics }: MemoryQuestion,
): scoringProto.PlanMemoryRequest {
  return {
    model: modelRefToMessage(model, precision),
    cut: packUnitSet(units, cut),
    windowLengths: [...windowLengths],
    maskCount: masks,
    statistics: statistics.map((kind) => KINDS[kind]),
  };
}

export function modelRefToMessage({ path, revision }: ModelRef, precision: Precision): scoringProto.ModelRef {
  return { path, revision: revision ?? '', precision: PRECISIONS.toWire(precision) };
}

function evaluationHeader({
  model,
  precision,
  measurement,
  units,
  cut,
}: EvaluationBase): scoringProto.EvaluationHeader {
  return {
    model: modelRefToMessage(model, precision),
    cut: packUnitSet(units, cut),
    metric: METRICS.toWire(measurement),
  };
}

function* windowParts(windows: readonly Uint32Array[]): Generator<WindowsPart> {
  for (const value of packWindows(windows)) yield { $case: 'windows', value };
}
