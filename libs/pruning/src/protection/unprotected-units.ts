import type { LayerStatistics, UnitStatistics } from '../contract/layer-statistics.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { UnitTable, unitIds, type UnitKind } from '../units/unit-table.ts';

/** The units that may be removed as a model of their own, in which protected layers, and kinds that stay, have nothing to remove. */
export class UnprotectedUnits {
  /** Numbered without the protected ones. */
  readonly units: UnitTable;
  readonly #all: UnitTable;
  /** By number among the unprotected: the number in the whole model. */
  readonly #ids: Int32Array;

  constructor(all: UnitTable, protectedLayers: Iterable<number>, offered: readonly PrunedUnit[]) {
    const hidden = new Set(protectedLayers);
    const isOffered = (layer: number, kind: UnitKind): boolean =>
      !hidden.has(layer) && offered.some((unit) => unit === kind);
    const layers = all.shape.layers.map(({ kvGroups, ffnNeurons, queryHeads = 0 }, i) => ({
      kvGroups: isOffered(i, 'kvGroup') ? kvGroups : 0,
      ffnNeurons: isOffered(i, 'ffnNeuron') ? ffnNeurons : 0,
      queryHeads: isOffered(i, 'queryHead') ? queryHeads : 0,
    }));
    this.units = new UnitTable({ ...all.shape, layers });
    this.#all = all;
    this.#ids = Int32Array.from(all.modules.filter(({ layer, kind }) => isOffered(layer, kind)).flatMap(unitIds));
  }

  /** A set of unprotected units in the numbers of the whole model. */
  toAll(set: UnitSet): UnitSet {
    const all = emptySet(this.#all);
    for (const [i, id] of this.#ids.entries()) all[id] = set[i] as number;
    return all;
  }

  /** A value of every unit of the whole model; 0 for those that are protected. */
  valuesOfAll(values: Float64Array): Float64Array {
    const all = new Float64Array(this.#all.count);
    for (const [i, id] of this.#ids.entries()) all[id] = values[i] as number;
    return all;
  }

  /** Of a value of every unit of the whole model, those of the unprotected. */
  valuesOf(all: Float64Array): Float64Array {
    return Float64Array.from(this.#ids, (id) => all[id] as number);
  }

  /** Statistics of the whole model as those of the unprotected units. */
  statistics(layers: readonly LayerStatistics[]): LayerStatistics[] {
    return layers.map((layer, i) => ({
      ...layer,
      kvGroups: this.#has(i, 'kvGroup') ? layer.kvGroups : ofNoUnits(layer.kvGroups),
      ffnNeurons: this.#has(i, 'ffnNeuron') ? layer.ffnNeurons : ofNoUnits(layer.ffnNeurons),
      queryHeads: this.#has(i, 'queryHead') ? layer.queryHeads : undefined,
    }));
  }

  #has(layer: number, kind: UnitKind): boolean {
    return this.units.module(layer, kind).count > 0;
  }
}

function ofNoUnits({ obsEnergy }: UnitStatistics): UnitStatistics {
  const none = new Float64Array(0);
  return {
    meanAbs: none,
    rmsTimesWeight: none,
    standardFluctuation: none,
    outputEnergy: none,
    obsEnergy: obsEnergy === undefined ? undefined : none,
  };
}
