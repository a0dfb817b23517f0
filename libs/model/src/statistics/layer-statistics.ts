import { headRows, layerTensorName } from '@bonsai/checkpoint';
import { wholeMatrix } from '@bonsai/ops';
import type { Backend, HostRows, Matrix } from '@bonsai/ops';
import { RECOVERY_RIDGE } from '@bonsai/pruning';
import type { BlockKind, LayerStatistics, UnitStatistics } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import type { BandedSum } from '../forward/banded-sum.ts';
import { runHostWork } from '../host-work/run-host-work.ts';
import { tensorRows } from '../load/tensor-rows.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { columnNorms } from './column-norms.ts';
import type { BlockSums, LayerSums } from './layer-sums.ts';
import { obsWork } from './obs-energy.ts';
import { noStatistics, unitStatistics } from './unit-statistics.ts';
import type { KeptUnits } from './unit-statistics.ts';

/** The map that a block's units leave through: o_proj or down_proj of one layer. */
interface OutputProjection {
  readonly units: KeptUnits;
  /** The parts that the units of an attention block have, where they have several. */
  readonly queryHeads: KeptUnits | undefined;
  /** Of the units that are kept, equally many of each, and of each query head. */
  readonly columns: readonly number[];
  readonly tensor: string;
}

interface BlockStatistics {
  readonly units: UnitStatistics;
  readonly queryHeads: UnitStatistics | undefined;
}

/** Reads the sums of a layer back and turns them into the statistics of its units. @throws BonsaiError CANCELLED */
export async function layerStatistics(
  model: LoadedWeights,
  layer: number,
  sums: LayerSums,
  tokens: number,
  withObs: boolean,
  caller: Caller,
): Promise<LayerStatistics> {
  const projections = outputProjections(model, layer);
  const of = (block: BlockKind): Promise<BlockStatistics> =>
    blockStatistics(model, projections[block], sums[block], tokens, withObs, caller);
  const attention = await of('attention');
  const ffn = await of('ffn');
  return {
    attentionResidualEnergy: await meanSquaredNorm(model.backend, sums.attention.residual, tokens),
    ffnResidualEnergy: await meanSquaredNorm(model.backend, sums.ffn.residual, tokens),
    kvGroups: attention.units,
    queryHeads: attention.queryHeads,
    ffnNeurons: ffn.units,
    similarity: sums.similarity === undefined ? undefined : await meanOf(model.backend, sums.similarity, tokens),
  };
}

function outputProjections({ kept, units }: LoadedWeights, layer: number): Record<BlockKind, OutputProjection> {
  const keptLayer = kept[layer];
  if (keptLayer === undefined) throw new RangeError(`no layer ${layer}`);
  const { kvGroups, queryHeads, ffnNeurons } = keptLayer;
  const heads = units.module(layer, 'queryHead');
  return {
    attention: {
      units: { module: units.module(layer, 'kvGroup'), indices: kvGroups },
      queryHeads: heads.count === 0 ? undefined : { module: heads, indices: queryHeads },
      columns: headRows(queryHeads, units.shape.headDim),
      tensor: layerTensorName(layer, 'attentionOutput'),
    },
    ffn: {
      units: { module: units.module(layer, 'ffnNeuron'), indices: ffnNeurons },
      queryHeads: undefined,
      columns: ffnNeurons,
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
  caller: Caller,
): Promise<BlockStatistics> {
  const { units, queryHeads } = projection;
  if (input === undefined) {
    return { units: noStatistics(units, withObs), queryHeads: queryHeads && noStatistics(queryHeads, withObs) };
  }
  const norms = await columnNorms(weightRows(model, projection));
  const [energies, headEnergies] =
    gram === undefined ? [] : await blockObsEnergies(model, projection, gram, tokens, caller);
  const moments = { tokens, sums: await model.backend.read(input) };
  return {
    units: unitStatistics(units, moments, norms, energies),
    queryHeads: queryHeads && unitStatistics(queryHeads, moments, norms, headEnergies),
  };
}

/** Of the units, then of their query heads where there are any. */
async function blockObsEnergies(
  model: LoadedWeights,
  projection: OutputProjection,
  sum: BandedSum,
  tokens: number,
  caller: Caller,
): Promise<Float64Array[]> {
  const { units, queryHeads, columns } = projection;
  const weight = await wholeMatrix(weightRows(model, projection));
  const parts = queryHeads === undefined ? [units] : [units, queryHeads];
  const widths = parts.map(({ indices }) => columns.length / indices.length);
  const gram = await sum.read(model.backend);
  const work = obsWork({ gram, tokens, weight, ridge: RECOVERY_RIDGE, widths });
  await runHostWork(work, caller);
  return work.energies.map((energies) => energies.slice());
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
