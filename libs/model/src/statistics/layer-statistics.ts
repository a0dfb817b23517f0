import { layerTensorName } from '@bonsai/checkpoint';
import { wholeMatrix } from '@bonsai/ops';
import type { Backend, Matrix } from '@bonsai/ops';
import type { LayerStatistics, UnitKind, UnitStatistics } from '@bonsai/pruning';
import type { ColumnNorms } from '../load/column-norms.ts';
import type { KeptUnits } from '../load/kept-units.ts';
import { rowsOfUnits, tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { BlockSums, LayerSums } from './layer-sums.ts';
import { meanGram, obsEnergies } from './obs-energy.ts';
import { inTurns } from './stepwise.ts';
import { noStatistics, unitStatistics } from './unit-statistics.ts';

/** The map that a block's units leave through: o_proj or down_proj of one layer. */
interface OutputProjection {
  readonly units: KeptUnits;
  /** Columns that belong to one unit. */
  readonly unitColumns: number;
  readonly tensor: string;
  /** None where the whole block is cut. */
  readonly norms: ColumnNorms | undefined;
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

function outputProjections({ kept, weights, units }: LoadedWeights, layer: number): Record<UnitKind, OutputProjection> {
  const keptLayer = kept[layer];
  const layerWeights = weights.layers[layer];
  if (keptLayer === undefined || layerWeights === undefined) throw new RangeError(`no layer ${layer}`);
  return {
    kvGroup: {
      units: keptLayer.attention,
      unitColumns: units.shape.queryHeadsPerGroup * units.shape.headDim,
      tensor: layerTensorName(layer, 'attentionOutput'),
      norms: layerWeights.attention?.outputNorms,
    },
    ffnNeuron: {
      units: keptLayer.ffn,
      unitColumns: 1,
      tensor: layerTensorName(layer, 'down'),
      norms: layerWeights.ffn?.downNorms,
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
  const { units, norms } = projection;
  if (norms === undefined || input === undefined) return noStatistics(units, withObs);
  const energies = gram === undefined ? undefined : await blockObsEnergies(model, projection, gram, tokens, signal);
  return unitStatistics(units, { tokens, sums: await model.backend.read(input) }, norms, energies);
}

async function blockObsEnergies(
  { backend, checkpoint }: LoadedWeights,
  { units, unitColumns, tensor }: OutputProjection,
  gram: Matrix,
  tokens: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const mean = await inTurns(meanGram(await backend.read(gram), gram.cols, tokens), signal);
  const columns = rowsOfUnits(units.indices, unitColumns);
  const weight = await wholeMatrix(tensorRows(checkpoint, tensor, { columns }));
  return inTurns(obsEnergies(mean, weight, unitColumns), signal);
}

/** Mean of a single column whose sums are given. */
async function meanOf(backend: Backend, sums: Matrix, tokens: number): Promise<number> {
  return ((await backend.read(sums))[1] as number) / tokens;
}

async function meanSquaredNorm(backend: Backend, sums: Matrix, tokens: number): Promise<number> {
  const squares = (await backend.read(sums)).subarray(2 * sums.cols);
  return squares.reduce((sum, square) => sum + square, 0) / tokens;
}
