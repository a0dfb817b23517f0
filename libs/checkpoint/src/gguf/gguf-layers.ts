import type { KeptLayer } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import type { Checkpoint } from '../checkpoint.ts';
import { layerTensors } from '../config/tensor-layout.ts';
import { withoutEmptyLayers } from '../cut/kept-layers.ts';
import { ZERO } from '../cut/select-tensor.ts';
import type { ModelConfig } from '../model-config.ts';
import { hasAddedBiases } from '../recovered/output-biases.ts';
import { dialectsFor } from './dialects-for.ts';
import type { GgufDialect } from './dialects.ts';

/**
 * Width of the all-zero FFN that stands for a removed one. llama.cpp forgets the attention of a layer whose FFN has
 * width 0; 32 is the block length of Q8_0 and Q4_0, so that the file can still be quantised.
 */
const EMPTY_FFN_WIDTH = 32;

export interface GgufLayout {
  readonly dialect: GgufDialect;
  /** As they are written; {@link ZERO} is padding, and a layer without query heads has no attention. */
  readonly layers: readonly KeptLayer[];
  /** What the user should know; sentences. */
  readonly notes: readonly string[];
}

/**
 * How llama.cpp can carry a cut exactly: layers that lost both modules are left out; a zero head stands in for removed
 * attention where its output has a bias of the model's own, and in the first layer, from which llama.cpp takes head sizes; a
 * removed FFN becomes one of zeros. Where no
 * architecture has such widths, all layers are padded with zeros to the widest.
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED if no architecture has the recovered biases, rotary scaling or heads
 */
export function ggufLayout(checkpoint: Checkpoint, kept: readonly KeptLayer[]): GgufLayout {
  const { config } = checkpoint;
  const hasOutputBias = layerTensors(config).includes('attentionOutputBias');
  const layers = withoutEmptyLayers(config, kept).map((layer, position): KeptLayer => {
    const needsZeroHead = layer.kvGroups.length === 0 && (hasOutputBias || position === 0);
    return {
      layer: layer.layer,
      queryHeads: needsZeroHead ? [ZERO] : layer.queryHeads,
      kvGroups: needsZeroHead ? [ZERO] : layer.kvGroups,
      ffnNeurons: layer.ffnNeurons.length === 0 ? new Array<number>(EMPTY_FFN_WIDTH).fill(ZERO) : layer.ffnNeurons,
    };
  });
  const dialects = dialectsFor(config, hasAddedBiases(checkpoint));
  const dialect = dialects.find((candidate) => canCarry(candidate, config, layers));
  if (dialect !== undefined) return { dialect, layers, notes: [] };
  const [padding] = dialects;
  const which = padding.squareQueries ? 'that lacks heads or whose layers differ' : 'whose layers differ in width';
  const note = `llama.cpp has no architecture for a ${config.family} ${which}; narrow layers are padded with zeros, which makes the file larger, not different.`;
  return { dialect: padding, layers: padded(padding, config, layers), notes: [note] };
}

/** @throws BonsaiError LAYOUT_NOT_SUPPORTED where no number of heads makes queries square */
function padded(dialect: GgufDialect, config: ModelConfig, layers: readonly KeptLayer[]): KeptLayer[] {
  const widest = (indices: (layer: KeptLayer) => readonly number[]): number =>
    layers.reduce((width, layer) => Math.max(width, indices(layer).length), 0);
  const fill = (indices: readonly number[], count: number): number[] => [
    ...indices,
    ...new Array<number>(count - indices.length).fill(ZERO),
  ];
  const perGroup = dialect.squareQueries ? config.queryHeads / config.kvHeads : layers.reduce(widestGroup, 0);
  const widestGroups = widest(({ kvGroups }) => kvGroups);
  const groups = dialect.squareQueries ? config.hiddenSize / config.headDim / perGroup : widestGroups;
  if (!Number.isInteger(groups) || groups < widestGroups) throw noSquareQueries(dialect, config);
  const heads = groups * perGroup;
  const neurons = widest((layer) => layer.ffnNeurons);
  return layers.map((layer) => ({
    layer: layer.layer,
    queryHeads: fill(evenGroups(layer, perGroup), heads),
    kvGroups: fill(layer.kvGroups, groups),
    ffnNeurons: fill(layer.ffnNeurons, neurons),
  }));
}

/** Query heads of the group of most. */
function widestGroup(most: number, { queryHeads, kvGroups }: KeptLayer): number {
  return Math.max(most, queryHeads.length / Math.max(1, kvGroups.length));
}

/** The query heads of every group, filled up to as many in each. */
function evenGroups({ queryHeads, kvGroups }: KeptLayer, perGroup: number): number[] {
  const present = queryHeads.length / Math.max(1, kvGroups.length);
  return kvGroups.flatMap((_, group) => {
    const ofGroup = queryHeads.slice(group * present, (group + 1) * present);
    return [...ofGroup, ...new Array<number>(perGroup - present).fill(ZERO)];
  });
}

function noSquareQueries({ architecture }: GgufDialect, { hiddenSize, headDim }: ModelConfig): BonsaiError {
  const message =
    `llama.cpp's ${architecture} has heads that make up the hidden size, which ${hiddenSize} is not of heads of ${headDim}; ` +
    'export to the Hugging Face format instead.';
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'LAYOUT_NOT_SUPPORTED', field: 'head_dim' });
}

function canCarry(dialect: GgufDialect, config: ModelConfig, layers: readonly KeptLayer[]): boolean {
  const isSquare = layers.every(({ queryHeads }) => queryHeads.length * config.headDim === config.hiddenSize);
  if (dialect.squareQueries && !isSquare) return false;
  return dialect.sizesPerLayer || haveEqualWidths(layers);
}

function haveEqualWidths(layers: readonly KeptLayer[]): boolean {
  const widths = layers.map(({ queryHeads, kvGroups, ffnNeurons }) =>
    [queryHeads.length, kvGroups.length, ffnNeurons.length].join(),
  );
  return new Set(widths).size === 1;
}
