import { layerTensorName } from '@bonsai/checkpoint';
import { wholeMatrix } from '@bonsai/ops';
import type { Backend, HostRows, Matrix } from '@bonsai/ops';
import type { BlockKind, LayerStatistics, UnitStatistics } from '@bonsai/pruning';
import type { KeptUnits } from '../load/kept-units.ts';
import { rowsOfUnits, tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { columnNorms } from './column-norms.ts';
import type { BlockSums, LayerSums } from './layer-sums.ts';
import { meanGram, obsEnergies } from './obs-energy.ts';
import { inTurns } from './stepwise.ts';
import { noStatistics, unitStatistics } from './unit-statistics.ts';

/** The map that a block's units leave through: o_proj or down_proj of one layer. */
interface OutputProjection {
  readonly units: KeptUnits;
  /** Of the units that are kept, equally many of each. */
  readonly columns: readonly number[];
  readonly tensor: string;
}

/** Reads the sums of a layer back and turns them into the statistics of its units. @throws BonsaiError CANCELLED */
export async function layerStatistics(
  model: LoadedWeights,
  layer: number,
  sums: LayerSums,
  tokens: number,
  withObs: boolean,
  signal: AbortSignal | undefined,
): Promise<LayerStatistics> {
  const { kvGroup, ffnNeuron } = outputProjections(model, layer);
  return {
    attentionResidualEnergy: await meanSquaredNorm(model.backend, sums.kvGroup.residual, tokens),
    ffnResidualEnergy: await meanSquaredNorm(model.backend, sums.ffnNeuron.residual, tokens),
    kvGroups: await blockStatistics(model, kvGroup, sums.kvGroup, tokens, withObs, signal),
    ffnNeurons: await blockStatistics(model, ffnNeuron, sums.ffnNeuron, tokens, withObs, signal),
    similarity: sums.similarity === undefined ? undefined : await meanOf(model.backend, sums.similarity, tokens),
  };
}

function outputProjections({ kept, units }: LoadedWeights, layer: number): Record<BlockKind, OutputProjection> {
  const keptLayer = kept[layer];
  if (keptLayer === undefined) throw new RangeError(`no layer ${layer}`);
  const { attention, ffn } = keptLayer;
  return {
    kvGroup: {
      units: attention,
      columns: rowsOfUnits(attention.queryHeads, units.shape.headDim),
      tensor: layerTensorName(layer, 'attentionOutput'),
    },
    ffnNeuron: {
      units: ffn,
      columns: ffn.indices,
      tensor: layerTensorName(layer, 'down'),
    },
  };
}

async function blockStatistics(
  model: LoadedWeights,
  projection: OutputProjection,
  { input, gram }: BlockSums,
  tokens: number,
  withObs: boolean,
  signal: AbortSignal | undefined,
): Promise<UnitStatistics> {
  const { units } = projection;
  if (input === undefined) return noStatistics(units, withObs);
  const norms = await columnNorms(weightRows(model, projection));
  const energies = gram === undefined ? undefined : await blockObsEnergies(model, projection, gram, tokens, signal);
  return unitStatistics(units, { tokens, sums: await model.backend.read(input) }, norms, energies);
}

async function blockObsEnergies(
  model: LoadedWeights,
  projection: OutputProjection,
  gram: Matrix,
  tokens: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { units, columns } = projection;
  const mean = await inTurns(meanGram(await model.backend.read(gram), gram.cols, tokens), signal);
  const weight = await wholeMatrix(weightRows(model, projection));
  return inTurns(obsEnergies(mean, weight, columns.length / units.indices.length), signal);
}

/** The columns of the kept units. */
function weightRows({ checkpoint }: LoadedWeights, { columns, tensor }: OutputProjection): HostRows {
  return tensorRows(checkpoint, tensor, { columns });
}

/** Mean of a single column whose sums are given. */
async function meanOf(backend: Backend, sums: Matrix, tokens: number): Promise<number> {
  return ((await backend.read(sums))[1] as number) / tokens;
}

async function meanSquaredNorm(backend: Backend, sums: Matrix, tokens: number): Promise<number> {
  const squares = (await backend.read(sums)).subarray(2 * sums.cols);
  return squares.reduce((sum, square) => sum + square, 0) / tokens;
}
