import type { LayerStatistics, UnitStatistics } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import type { CollectStatisticsResponse, UnitStatistics as UnitStatisticsMessage } from '../gen/bonsai/v1/scoring.ts';

export function packLayerStatistics(layer: number, statistics: LayerStatistics): CollectStatisticsResponse {
  return {
    layer,
    attentionResidualEnergy: statistics.attentionResidualEnergy,
    ffnResidualEnergy: statistics.ffnResidualEnergy,
    kvGroups: packUnits(statistics.kvGroups),
    queryHeads: statistics.queryHeads && packUnits(statistics.queryHeads),
    ffnNeurons: packUnits(statistics.ffnNeurons),
    similarity: statistics.similarity,
  };
}

/** @throws BonsaiError INTERNAL if the scorer left out a part */
export function unpackLayerStatistics(message: CollectStatisticsResponse): LayerStatistics {
  return {
    attentionResidualEnergy: message.attentionResidualEnergy,
    ffnResidualEnergy: message.ffnResidualEnergy,
    kvGroups: unpackUnits(message.kvGroups),
    queryHeads: message.queryHeads && unpackUnits(message.queryHeads),
    ffnNeurons: unpackUnits(message.ffnNeurons),
    similarity: message.similarity,
  };
}

function packUnits(units: UnitStatistics): UnitStatisticsMessage {
  return {
    meanAbs: Array.from(units.meanAbs),
    rmsTimesWeight: Array.from(units.rmsTimesWeight),
    fluctuation: Array.from(units.fluctuation),
    standardFluctuation: Array.from(units.standardFluctuation),
    outputEnergy: Array.from(units.outputEnergy),
    obsEnergy: Array.from(units.obsEnergy ?? []),
  };
}

function unpackUnits(message: UnitStatisticsMessage | undefined): UnitStatistics {
  if (message === undefined) {
    throw new BonsaiError('The scorer sent statistics without units; use a scorer of the same version.', {
      code: 'INTERNAL',
      reason: 'INTERNAL',
    });
  }
  return {
    meanAbs: Float64Array.from(message.meanAbs),
    rmsTimesWeight: Float64Array.from(message.rmsTimesWeight),
    fluctuation: Float64Array.from(message.fluctuation),
    standardFluctuation: Float64Array.from(message.standardFluctuation),
    outputEnergy: Float64Array.from(message.outputEnergy),
    // An absent list and an empty one look the same in proto3; every layer has units, so empty means not asked for.
    obsEnergy: message.obsEnergy.length === 0 ? undefined : Float64Array.from(message.obsEnergy),
  };
}
