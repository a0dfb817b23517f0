import { unitCosts, type ModelShape } from './model-shape.ts';

/**
 * A KV group is one key/value head with all query heads that read it. Query heads may go without their group where the shape says
 * so, but equally many of every group that stays: else those that are left would be wired to other groups.
 */
export type UnitKind = 'kvGroup' | 'queryHead' | 'ffnNeuron';

/** KV groups and query heads are units of attention, neurons of the FFN. */
export type BlockKind = 'attention' | 'ffn';

/** The units of one kind in one layer: a contiguous range of unit ids that share cost and prior scale. */
export interface Module {
  readonly layer: number;
  readonly kind: UnitKind;
  /** Of the block that the units are part of. */
  readonly block: BlockKind;
  readonly start: number;
  readonly count: number;
  /** Parameters that leave the model with one unit; with a query head of a group that stays. */
  readonly unitCost: number;
}

/** Ids of a module's units, ascending. */
export function unitIds({ start, count }: Pick<Module, 'start' | 'count'>): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}

/** Whether a unit is one of a module's. */
export function hasUnit({ start, count }: Module, id: number): boolean {
  return id >= start && id < start + count;
}

/**
 * Numbers every prunable unit of a model: layer by layer, KV groups before FFN neurons. Module m is the attention
 * (even m) or the FFN (odd m) of layer m >> 1. Behind them, where query heads are units, come those of every layer.
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
      modules.push({ layer, kind: 'kvGroup', block: 'attention', start, count: kvGroups, unitCost: costs.kvGroup });
      start += kvGroups;
      modules.push({ layer, kind: 'ffnNeuron', block: 'ffn', start, count: ffnNeurons, unitCost: costs.ffnNeuron });
      start += ffnNeurons;
    }
    this.totalCost = modules.reduce((sum, module) => sum + module.count * module.unitCost, 0);
    if (shape.layers.some(({ queryHeads = 0 }) => queryHeads > 0)) {
      for (const [layer, { queryHeads: count = 0 }] of shape.layers.entries()) {
        modules.push({ layer, kind: 'queryHead', block: 'attention', start, count, unitCost: costs.queryHead });
        start += count;
      }
    }
    this.modules = modules;
    this.count = start;
  }

  /** The modules that are a whole block: attention and FFN of every layer in turn. */
  get blocks(): readonly Module[] {
    return this.modules.slice(0, 2 * this.shape.layers.length);
  }

  /** Whether query heads are units. */
  get hasQueryHeads(): boolean {
    return this.modules.length > this.blocks.length;
  }

  module(layer: number, kind: UnitKind): Module {
    const layers = this.shape.layers.length;
    if (!(layer in this.shape.layers)) throw new RangeError(`no layer ${layer}`);
    if (kind === 'kvGroup') return this.modules[2 * layer] as Module;
    if (kind === 'ffnNeuron') return this.modules[2 * layer + 1] as Module;
    return (
      this.modules[2 * layers + layer] ?? { layer, kind, block: 'attention', start: this.count, count: 0, unitCost: 0 }
    );
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
    if (module === undefined || !hasUnit(module, id)) {
      throw new RangeError(`no unit ${id}`);
    }
    return module;
  }
}
