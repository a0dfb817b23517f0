import { modelShape } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitKind, UnitSet } from '@bonsai/pruning';
import { seededRandom } from '@bonsai/support';

/** Builds cuts of a model, module by module. */
export class CutBuilder {
  readonly units: UnitTable;
  readonly cut: UnitSet;

  constructor(config: ModelConfig) {
    this.units = new UnitTable(modelShape(config));
    this.cut = emptySet(this.units);
  }

  /** Removes the units of the given indices, or all of the module. */
  remove(layer: number, kind: UnitKind, indices?: readonly number[]): this {
    const { start, count } = this.units.module(layer, kind);
    for (const index of indices ?? Array.from({ length: count }, (_, i) => i)) this.cut[start + index] = 1;
    return this;
  }

  /** Removes the first query head of even groups of a layer and the last one of odd groups. */
  thinHeads(layer: number): this {
    const { queryHeadsPerGroup: perGroup } = this.units.shape;
    const groups = this.units.module(layer, 'kvGroup').count;
    const heads = Array.from({ length: groups }, (_, group) => group * perGroup + (group % 2) * (perGroup - 1));
    return this.remove(layer, 'queryHead', heads);
  }

  /** Removes about the given share of the neurons of every layer, others in each, and never all. */
  thin(share: number, seed: number): this {
    const random = seededRandom(seed);
    for (const { kind, start, count } of this.units.modules) {
      if (kind !== 'ffnNeuron') continue;
      for (let i = 1; i < count; i++) if (random.next() < share) this.cut[start + i] = 1;
    }
    return this;
  }
}

const NEURONS_OF_UNIFORM_CUT = 197;

export interface NamedCut {
  readonly name: string;
  readonly cut: UnitSet;
  /** All layers that are left have the same widths. */
  readonly uniform: boolean;
}

/** The cases that an exporter has to get right. The model has 6 layers and 3 KV groups. */
export function cutsToExport(config: ModelConfig): readonly NamedCut[] {
  const last = config.layerCount - 1;
  const irregular = (): CutBuilder =>
    new CutBuilder(config)
      .thin(0.4, 3)
      .remove(0, 'kvGroup', [1])
      .remove(2, 'kvGroup', [0, 2])
      .remove(last, 'kvGroup', [2]);
  return [
    { name: 'nothing removed', cut: new CutBuilder(config).cut, uniform: true },
    { name: 'one KV group and 197 neurons in every layer', cut: uniformCut(config, 1), uniform: true },
    { name: 'two KV groups and 197 neurons in every layer', cut: uniformCut(config, 2), uniform: true },
    { name: 'irregular widths', cut: irregular().cut, uniform: false },
    { name: 'one query head of every KV group', cut: oneHeadPerGroup(new CutBuilder(config)).cut, uniform: true },
    {
      name: 'irregular widths, in two layers one query head per KV group',
      cut: irregular().thinHeads(2).thinHeads(3).cut,
      uniform: false,
    },
    { name: 'a layer without attention', cut: irregular().remove(3, 'kvGroup').cut, uniform: false },
    { name: 'a layer without FFN', cut: irregular().remove(3, 'ffnNeuron').cut, uniform: false },
    { name: 'the first layer without attention', cut: irregular().remove(0, 'kvGroup').cut, uniform: false },
    { name: 'the last layer without FFN', cut: irregular().remove(last, 'ffnNeuron').cut, uniform: false },
    { name: 'a layer without both', cut: irregular().remove(2, 'kvGroup').remove(2, 'ffnNeuron').cut, uniform: false },
    {
      name: 'the first layer without both',
      cut: irregular().remove(0, 'kvGroup').remove(0, 'ffnNeuron').cut,
      uniform: false,
    },
    { name: 'no attention at all', cut: withoutAttention(config), uniform: false },
    { name: 'nothing left but neurons of one layer', cut: everythingBut(config, 4, 'ffnNeuron'), uniform: true },
    { name: 'nothing left but a KV group of one layer', cut: everythingBut(config, 1, 'kvGroup'), uniform: true },
    { name: 'nothing left', cut: new CutBuilder(config).cut.fill(1), uniform: true },
  ];
}

function oneHeadPerGroup(builder: CutBuilder): CutBuilder {
  for (const layer of builder.units.shape.layers.keys()) builder.thinHeads(layer);
  return builder;
}

function withoutAttention(config: ModelConfig): UnitSet {
  const builder = new CutBuilder(config);
  for (let layer = 0; layer < config.layerCount; layer++) builder.remove(layer, 'kvGroup');
  return builder.cut;
}

/** Leaves the first units of one module and nothing else. */
function everythingBut(config: ModelConfig, layer: number, kind: UnitKind): UnitSet {
  const builder = new CutBuilder(config);
  const { start } = builder.units.module(layer, kind);
  builder.cut.fill(1);
  builder.cut.fill(0, start, start + (kind === 'kvGroup' ? 1 : 50));
  builder.cut.fill(0, builder.units.module(0, 'queryHead').start);
  return builder.cut;
}

/** The same widths in every layer, of other units in each. */
function uniformCut(config: ModelConfig, keptGroups: number): UnitSet {
  const builder = new CutBuilder(config);
  for (let layer = 0; layer < config.layerCount; layer++) {
    const groups = Array.from({ length: config.kvHeads - keptGroups }, (_, i) => (layer + i) % config.kvHeads);
    const neurons = Array.from(
      { length: config.ffnSize - NEURONS_OF_UNIFORM_CUT },
      (_, i) => (i * 3 + 7 * layer) % config.ffnSize,
    );
    builder.remove(layer, 'kvGroup', groups).remove(layer, 'ffnNeuron', neurons);
  }
  return builder.cut;
}
