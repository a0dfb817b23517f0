import { unitCosts, type ModelShape } from './model-shape.ts';

/** A KV group is one key/value head with all query heads that read it: removing part of one would rewire the rest. */
export type UnitKind = 'kvGroup' | 'ffnNeuron';

export interface Unit {
  readonly layer: number;
  readonly kind: UnitKind;
  /** Within its layer and kind, in the original model. */
  readonly index: number;
}

/** The units of one kind in one layer: a contiguous range of unit ids that share cost and prior scale. */
export interface Module {
  readonly layer: number;
  readonly kind: UnitKind;
  readonly start: number;
  readonly count: number;
  /** Parameters that leave the model with one unit. */
  readonly unitCost: number;
}

/**
 * Numbers every prunable unit of a model: layer by layer, KV groups before FFN neurons. Module m is the attention
 * (even m) or the FFN (odd m) of layer m >> 1.
 */
export class UnitTable {
  readonly shape: ModelShape;
  readonly modules: readonly Module[];
  readonly count: number;
  /** Prunable parameters of the whole model; embeddings, norms and the LM head are not among them. */
  readonly totalCost: number;

  constructor(shape: ModelShape) {
    this.shape = shape;
    const costs = unitCosts(shape);
    const modules: Module[] = [];
    let start = 0;
    for (const [layer, { kvGroups, ffnNeurons }] of shape.layers.entries()) {
      modules.push({ layer, kind: 'kvGroup', start, count: kvGroups, unitCost: costs.kvGroup });
      start += kvGroups;
      modules.push({ layer, kind: 'ffnNeuron', start, count: ffnNeurons, unitCost: costs.ffnNeuron });
      start += ffnNeurons;
    }
    this.modules = modules;
    this.count = start;
    this.totalCost = modules.reduce((sum, module) => sum + module.count * module.unitCost, 0);
  }

  module(layer: number, kind: UnitKind): Module {
    const module = this.modules[2 * layer + (kind === 'kvGroup' ? 0 : 1)];
    if (module === undefined) throw new RangeError(`no layer ${layer}`);
    return module;
  }

  unit(id: number): Unit {
    const { layer, kind, start } = this.moduleOf(id);
    return { layer, kind, index: id - start };
  }

  cost(id: number): number {
    return this.moduleOf(id).unitCost;
  }

  moduleOf(id: number): Module {
    let low = 0;
    let high = this.modules.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.modules[middle] as Module).start <= id) low = middle;
      else high = middle - 1;
    }
    const module = this.modules[low];
    if (module === undefined || id < module.start || id >= module.start + module.count) {
      throw new RangeError(`no unit ${id}`);
    }
    return module;
  }
}
