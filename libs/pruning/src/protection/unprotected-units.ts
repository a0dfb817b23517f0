import type { LayerStatistics, UnitStatistics } from '../procedure/layer-statistics.ts';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';

/** The units outside the protected layers as a model of their own, in which protected layers have nothing to remove. */
export class UnprotectedUnits {
  /** Numbered without the protected ones. */
  readonly units: UnitTable;
  readonly #all: UnitTable;
  readonly #protectedLayers: ReadonlySet<number>;
  /** By number among the unprotected: the number in the whole model. */
  readonly #ids: Int32Array;

  constructor(all: UnitTable, protectedLayers: Iterable<number>) {
    const hidden = new Set(protectedLayers);
    const layers = all.shape.layers.map((layer, i) => (hidden.has(i) ? { kvGroups: 0, ffnNeurons: 0 } : layer));
    this.units = new UnitTable({ ...all.shape, layers });
    this.#all = all;
    this.#protectedLayers = hidden;
    this.#ids = Int32Array.from(
      all.modules.filter(({ layer }) => !hidden.has(layer)).flatMap(({ start, count }) => rangeOf(start, count)),
    );
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

  /** Statistics of the whole model as those of the unprotected units. */
  statistics(layers: readonly LayerStatistics[]): LayerStatistics[] {
    return layers.map((layer, i) => {
      if (!this.#protectedLayers.has(i)) return layer;
      return { ...layer, kvGroups: ofNoUnits(layer.kvGroups), ffnNeurons: ofNoUnits(layer.ffnNeurons) };
    });
  }
}

function ofNoUnits({ obsEnergy }: UnitStatistics): UnitStatistics {
  const none = new Float64Array(0);
  return {
    meanAbs: none,
    rmsTimesWeight: none,
    fluctuation: none,
    standardFluctuation: none,
    outputEnergy: none,
    obsEnergy: obsEnergy === undefined ? undefined : none,
  };
}

const rangeOf = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);
