import type { LayerStatistics, UnitStatistics } from '@bonsai/pruning';

const BYTES_PER_NUMBER = 8;

/**
 * All numbers as 64-bit floats, little endian, in this order: layer count; per layer the two residual energies, 1 and the
 * similarity or 0, then KV groups, FFN neurons, 1 and the query heads or 0. Units are their count, 1 if the OBS energies follow
 * else 0, and the arrays. A change of this order needs another tag in statisticsKey.
 */
export function encodeStatistics(layers: readonly LayerStatistics[]): Uint8Array {
  const numbers: number[] = [layers.length];
  for (const layer of layers) {
    numbers.push(layer.attentionResidualEnergy, layer.ffnResidualEnergy);
    numbers.push(...(layer.similarity === undefined ? [0] : [1, layer.similarity]));
    pushUnits(numbers, layer.kvGroups);
    pushUnits(numbers, layer.ffnNeurons);
    numbers.push(layer.queryHeads === undefined ? 0 : 1);
    if (layer.queryHeads !== undefined) pushUnits(numbers, layer.queryHeads);
  }
  const bytes = new DataView(new ArrayBuffer(numbers.length * BYTES_PER_NUMBER));
  for (const [i, value] of numbers.entries()) bytes.setFloat64(i * BYTES_PER_NUMBER, value, true);
  return new Uint8Array(bytes.buffer);
}

/** @throws RangeError if the blob is shorter than it says */
export function decodeStatistics(blob: Uint8Array): LayerStatistics[] {
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  let position = 0;
  const next = (): number => {
    const value = bytes.getFloat64(position, true);
    position += BYTES_PER_NUMBER;
    return value;
  };
  return Array.from({ length: next() }, () => ({
    attentionResidualEnergy: next(),
    ffnResidualEnergy: next(),
    similarity: next() === 1 ? next() : undefined,
    kvGroups: readUnits(next),
    ffnNeurons: readUnits(next),
    queryHeads: next() === 1 ? readUnits(next) : undefined,
  }));
}

function pushUnits(numbers: number[], units: UnitStatistics): void {
  const { meanAbs, rmsTimesWeight, standardFluctuation, outputEnergy, obsEnergy } = units;
  numbers.push(meanAbs.length, obsEnergy === undefined ? 0 : 1);
  const arrays = [meanAbs, rmsTimesWeight, standardFluctuation, outputEnergy, obsEnergy ?? []];
  for (const values of arrays) {
    for (const value of values) numbers.push(value);
  }
}

function readUnits(next: () => number): UnitStatistics {
  const count = next();
  const hasObs = next() === 1;
  const values = (): Float64Array => Float64Array.from({ length: count }, next);
  return {
    meanAbs: values(),
    rmsTimesWeight: values(),
    standardFluctuation: values(),
    outputEnergy: values(),
    obsEnergy: hasObs ? values() : undefined,
  };
}
