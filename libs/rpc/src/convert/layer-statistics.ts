import type { LayerStatistics, ModelShape, UnitStatistics } from '@bonsai/pruning';
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

/** @throws BonsaiError INTERNAL if they are not of all units of a layer of this shape */
export function unpackLayerStatistics(message: CollectStatisticsResponse, shape: ModelShape): LayerStatistics {
  const layer = shape.layers[message.layer];
  if (layer === undefined) throw notOfThisModel(`of layer ${message.layer}, which the model does not have`);
  const { kvGroups, ffnNeurons } = layer;
  const heads = shape.queryHeadsPerGroup === 1 ? 0 : kvGroups * shape.queryHeadsPerGroup;
  const unpack = (units: UnitStatisticsMessage | undefined, name: string, count: number): UnitStatistics => {
    const wrong = wrongCount(units, count);
    if (units !== undefined && wrong === undefined) return unpackUnits(units);
    throw notOfThisModel(`of ${wrong ?? 0} ${name} for layer ${message.layer}, which has ${count}`);
  };
  return {
    attentionResidualEnergy: message.attentionResidualEnergy,
    ffnResidualEnergy: message.ffnResidualEnergy,
    kvGroups: unpack(message.kvGroups, 'KV groups', kvGroups),
    queryHeads:
      message.queryHeads === undefined && heads === 0 ? undefined : unpack(message.queryHeads, 'query heads', heads),
    ffnNeurons: unpack(message.ffnNeurons, 'FFN neurons', ffnNeurons),
    similarity: message.similarity,
  };
}

function packUnits(units: UnitStatistics): UnitStatisticsMessage {
  return {
    meanAbs: Array.from(units.meanAbs),
    rmsTimesWeight: Array.from(units.rmsTimesWeight),
    fluctuation: [],
    standardFluctuation: Array.from(units.standardFluctuation),
    outputEnergy: Array.from(units.outputEnergy),
    obsEnergy: Array.from(units.obsEnergy ?? []),
  };
}

/** The length of a list that is not one number per unit, if any. */
function wrongCount(units: UnitStatisticsMessage | undefined, count: number): number | undefined {
  if (units === undefined) return undefined;
  const { meanAbs, rmsTimesWeight, standardFluctuation, outputEnergy, obsEnergy } = units;
  const lengths = [meanAbs, rmsTimesWeight, standardFluctuation, outputEnergy].map(({ length }) => length);
  if (obsEnergy.length > 0) lengths.push(obsEnergy.length);
  return lengths.find((length) => length !== count);
}

function unpackUnits(message: UnitStatisticsMessage): UnitStatistics {
  return {
    meanAbs: Float64Array.from(message.meanAbs),
    rmsTimesWeight: Float64Array.from(message.rmsTimesWeight),
    standardFluctuation: Float64Array.from(message.standardFluctuation),
    outputEnergy: Float64Array.from(message.outputEnergy),
    // An absent list and an empty one look the same in proto3; every layer has units, so empty means not asked for.
    obsEnergy: message.obsEnergy.length === 0 ? undefined : Float64Array.from(message.obsEnergy),
  };
}

function notOfThisModel(what: string): BonsaiError {
  const text = `The scorer sent statistics ${what}; use a scorer of the same version.`;
  return new BonsaiError(text, { code: 'INTERNAL', reason: 'INTERNAL' });
}
