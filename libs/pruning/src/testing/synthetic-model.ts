import { normal, seededRandom, type Random } from '@bonsai/support';
import type { LayerStatistics, UnitStatistics } from '../contract/layer-statistics.ts';
import type { WindowLoss } from '../procedure/window-loss.ts';
import type { ModuleName, RecoveryTrial } from '../contract/recovery.ts';
import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { countIn, union, type UnitSet } from '../units/unit-set.ts';
import type { ModelShape } from '../units/model-shape.ts';
import { UnitTable, unitIds, type Module } from '../units/unit-table.ts';

const TOKENS = 100;
const BASE_NLL = 1.4;

export interface SyntheticOptions {
  readonly shape: ModelShape;
  readonly seed: number;
  readonly windowCount?: number;
  /** Standard deviation of a window's loss around what its mask implies, common to all masks. */
  readonly windowNoise?: number;
  /** Standard deviation of each (mask, window) loss. */
  readonly maskNoise?: number;
  /** Units of module 0, the first attention, cost this many nats in all. */
  readonly critical?: number;
  /** How much worse removals are together than alone: damage is sum + interaction * sum^2. */
  readonly interaction?: number;
  /** How much the recovery of each attention adds to the NLL as soon as all FFNs are recovered too; alone it adds 0.1. */
  readonly attentionRecovered?: number;
  /** A layer whose units are each worth what they are until they have cost `most` nats, and together no more than that. */
  readonly redundant?: { readonly layer: number; readonly most: number };
}

/**
 * A game with a known answer: removing a unit costs (module effect) * (unit energy) * (unit effect) nats, and the
 * statistics show the energy alone. It stands in for a transformer: nothing is run.
 */
export class SyntheticModel {
  readonly units: UnitTable;
  readonly windowTokens: readonly number[];
  /** Nats per unit. */
  readonly truth: Float64Array;
  readonly moduleEffect: Float64Array;
  readonly #energy: Float64Array;
  readonly #options: Required<Omit<SyntheticOptions, 'redundant'>> & Pick<SyntheticOptions, 'redundant'>;

  constructor(options: SyntheticOptions) {
    this.#options = {
      windowCount: 40,
      windowNoise: 0.1,
      maskNoise: 0.002,
      critical: 1,
      interaction: 0.5,
      attentionRecovered: 0.1,
      ...options,
    };
    this.units = new UnitTable(options.shape);
    this.windowTokens = new Array<number>(this.#options.windowCount).fill(TOKENS + 1);
    const random = seededRandom(options.seed, 1);
    this.moduleEffect = Float64Array.from(this.units.modules, () => Math.exp(0.8 * normal(random)));
    this.#energy = new Float64Array(this.units.count);
    this.truth = new Float64Array(this.units.count);
    for (const [m, module] of this.units.blocks.entries()) {
      for (let id = module.start; id < module.start + module.count; id++) {
        const energy = (module.unitCost / this.units.totalCost) * Math.exp(normal(random));
        this.#energy[id] = energy;
        this.truth[id] = energy * (this.moduleEffect[m] as number) * Math.exp(0.4 * normal(random));
      }
    }
    this.#makeCritical(this.units.modules[0]);
    for (const layer of options.shape.layers.keys()) this.#divideGroups(layer, random);
  }

  /** The loss of the model without the units, on one window. */
  loss(removed: UnitSet, window: number): WindowLoss {
    const { seed, windowNoise, maskNoise } = this.#options;
    const common = windowNoise * normal(seededRandom(seed, 2, window));
    const own = maskNoise * normal(seededRandom(seed, 3, window, fingerprint(removed)));
    return { nllSum: TOKENS * (BASE_NLL + this.damage(removed) + common + own), tokenCount: TOKENS };
  }

  /** Rise of the mean NLL without noise. */
  damage(removed: UnitSet): number {
    const { interaction, redundant } = this.#options;
    const gone = withoutHeadsOfGroups(this.units, removed);
    const ofLayers = this.units.shape.layers.map((_, layer) => {
      const sum = this.#idsOf(layer).reduce(
        (damage, id) => damage + (gone[id] === 1 ? (this.truth[id] as number) : 0),
        0,
      );
      return layer === redundant?.layer ? Math.min(sum, redundant.most) : sum;
    });
    const sum = ofLayers.reduce((a, b) => a + b, 0);
    return sum + interaction * sum * sum;
  }

  losses(cut: UnitSet, masks: readonly UnitSet[], windows: readonly number[]): WindowLoss[][] {
    return masks.map((mask) => {
      const removed = union(cut, mask);
      return windows.map((window) => this.loss(removed, window));
    });
  }

  /** What recovered modules add to the NLL, those of attention behind recovered FFNs. */
  recovered(modules: readonly ModuleName[]): number {
    const { attentionRecovered } = this.#options;
    return modules.reduce((sum, { kind }) => sum + (kind === 'ffn' ? -0.1 : attentionRecovered), 0);
  }

  /** Recoveries of all modules that lost something and kept something; those of attention are refused. */
  recover(cut: UnitSet): RecoveryTrial[] {
    const harmed = this.units.blocks.filter((module) => countIn(module, cut) % module.count !== 0);
    return harmed.map(({ layer, block: kind }) => {
      const accepted = kind === 'ffn';
      return { module: { layer, kind }, nllBefore: BASE_NLL, nllAfter: BASE_NLL + (accepted ? -0.1 : 0.1), accepted };
    });
  }

  statistics(cut: UnitSet, obs: boolean): LayerStatistics[] {
    return this.units.shape.layers.map((_, layer) => ({
      attentionResidualEnergy: 2,
      ffnResidualEnergy: 2,
      kvGroups: this.#of(this.units.module(layer, 'kvGroup'), cut, obs),
      ffnNeurons: this.#of(this.units.module(layer, 'ffnNeuron'), cut, obs),
      queryHeads: this.units.hasQueryHeads ? this.#of(this.units.module(layer, 'queryHead'), cut, obs) : undefined,
      similarity: 1 - this.#effectOf(layer),
    }));
  }

  #of(module: Module, cut: UnitSet, obs: boolean): UnitStatistics {
    const energy = this.#energy.slice(module.start, module.start + module.count);
    const alive = energy.map((value, i) => {
      return cut[module.start + i] === 0 ? 2 * (value - this.#lostWithHeads(module, i, cut)) : 0;
    });
    const columns = module.kind === 'kvGroup' ? this.units.shape.queryHeadsPerGroup * this.units.shape.headDim : 1;
    return {
      meanAbs: alive.map((value) => Math.sqrt(value) / columns),
      rmsTimesWeight: alive.map((value) => Math.sqrt(value) / columns),
      standardFluctuation: standardScores(alive),
      outputEnergy: alive,
      obsEnergy: obs ? alive.map((value) => value / 2) : undefined,
    };
  }

  /** Energy of a group's query heads that went without it. */
  #lostWithHeads({ layer, kind }: Module, group: number, cut: UnitSet): number {
    if (kind !== 'kvGroup') return 0;
    return this.#headsOf(layer, group).reduce((sum, id) => sum + (cut[id] as number) * (this.#energy[id] as number), 0);
  }

  /** Query heads are worth a part of their group each, which the energies know roughly. */
  #divideGroups(layer: number, random: Random): void {
    const { start, count } = this.units.module(layer, 'kvGroup');
    for (let group = 0; group < count; group++) {
      const heads = this.#headsOf(layer, group);
      const weights = heads.map(() => Math.exp(normal(random)));
      const total = weights.reduce((a, b) => a + b, 0);
      for (const [i, id] of heads.entries()) {
        const share = (weights[i] as number) / total;
        this.#energy[id] = share * (this.#energy[start + group] as number);
        this.truth[id] = share * (this.truth[start + group] as number);
      }
    }
  }

  #headsOf(layer: number, group: number): number[] {
    const { start, count } = this.units.module(layer, 'queryHead');
    const perGroup = count === 0 ? 0 : this.units.shape.queryHeadsPerGroup;
    return Array.from({ length: perGroup }, (_, i) => start + group * perGroup + i);
  }

  /** A layer turns the residual stream by what it is worth, of which the energies know only a part. */
  #effectOf(layer: number): number {
    const blocks = this.units.blocks.filter((block) => block.layer === layer);
    return blocks.reduce(
      (sum, { start, count }) => this.truth.subarray(start, start + count).reduce((a, b) => a + b, sum),
      0,
    );
  }

  #idsOf(layer: number): number[] {
    const modules = (['kvGroup', 'ffnNeuron', 'queryHead'] as const).map((kind) => this.units.module(layer, kind));
    return modules.flatMap(unitIds);
  }

  /** One critical unit carries most of the module, as a first layer's attention does. */
  #makeCritical(module: Module | undefined): void {
    if (module === undefined || module.count === 0 || this.#options.critical === 0) return;
    for (let i = 0; i < module.count; i++) this.truth[module.start + i] = (0.4 * this.#options.critical) / module.count;
    this.truth[module.start] = 0.6 * this.#options.critical;
  }
}

function standardScores(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation > 0 ? (value - mean) / deviation : 0));
}

/** FNV-1a: masks get their own noise, the same whenever and in whatever batch they are evaluated. */
function fingerprint(set: UnitSet): number {
  return set.reduce((hash, member) => Math.imul(hash ^ (member + 1), 16777619) >>> 0, 2166136261);
}
