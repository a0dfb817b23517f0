import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { BonsaiError, seededRandom } from '@bonsai/support';
import type { LayerStatistics, UnitStatistics } from '../contract/layer-statistics.ts';
import type { PriorKind } from '../contract/pruning-procedure.ts';
import type { ModelShape } from '../units/model-shape.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { Module, UnitTable } from '../units/unit-table.ts';

/** Added to a standard score so that nearly all are positive: a unit 4 deviations below its module's mean is worth nothing. */
const OFFSET = 4;

/**
 * A guess of what each unit is worth, by unit id: never negative, 0 for units that are cut, and comparable across modules
 * once divided by the unit's cost. Energies are absolute, that is relative to the residual stream that they are added to;
 * scores per column are summed over the columns of a group; only the fluctuation is standardised per module, because that
 * is its definition. A layer without any signal has energies of 0 relative to 0; such units are worth nothing.
 * @param statistics one entry per layer; unused by the random prior
 * @throws BonsaiError FAILED_PRECONDITION for a unit whose worth is not finite: taken for nothing, it would be the first to go
 */
export function unitPrior(
  kind: PriorKind,
  units: UnitTable,
  statistics: readonly LayerStatistics[],
  cut: UnitSet,
  seed: number,
): Float64Array {
  const prior = new Float64Array(units.count);
  const random = seededRandom(seed, RANDOM_STREAMS.prior);
  for (const module of units.modules) {
    if (module.count === 0) continue;
    const scores = kind === 'random' ? uniform(module, () => random.next()) : score(kind, units, module, statistics);
    for (let i = 0; i < module.count; i++) {
      const id = module.start + i;
      prior[id] = cut[id] === 0 ? worth(scores[i] as number, module, kind) : 0;
    }
  }
  return prior;
}

function score(
  kind: Exclude<PriorKind, 'random'>,
  units: UnitTable,
  module: Module,
  statistics: readonly LayerStatistics[],
): Float64Array {
  const layer = statistics[module.layer];
  if (layer === undefined) throw new RangeError(`no statistics of layer ${module.layer}`);
  const of = unitStatistics(module, layer);
  const residual = module.block === 'attention' ? layer.attentionResidualEnergy : layer.ffnResidualEnergy;
  const columns = columnsPerUnit(module, units.shape);
  switch (kind) {
    case 'magnitude':
      return of.meanAbs.map((value) => value * columns);
    case 'wanda':
      return of.rmsTimesWeight.map((value) => value * columns);
    case 'energy':
      return of.outputEnergy.map((value) => relative(value, residual));
    case 'obs':
      if (of.obsEnergy === undefined) throw new RangeError('the OBS prior needs the OBS statistic');
      return of.obsEnergy.map((value) => relative(value, residual));
    case 'fluctuation':
      return of.standardFluctuation.map((z) => (OFFSET + z) * module.unitCost);
  }
}

function unitStatistics({ layer, kind }: Module, statistics: LayerStatistics): UnitStatistics {
  if (kind === 'kvGroup') return statistics.kvGroups;
  if (kind === 'ffnNeuron') return statistics.ffnNeurons;
  if (statistics.queryHeads === undefined) throw new RangeError(`no statistics of the query heads of layer ${layer}`);
  return statistics.queryHeads;
}

/** Of the output projection. */
function columnsPerUnit({ kind }: Module, { headDim, queryHeadsPerGroup }: ModelShape): number {
  if (kind === 'ffnNeuron') return 1;
  return kind === 'queryHead' ? headDim : queryHeadsPerGroup * headDim;
}

function uniform(module: Module, draw: () => number): Float64Array {
  return Float64Array.from({ length: module.count }, () => draw() * module.unitCost);
}

const relative = (energy: number, residual: number): number => (energy === 0 ? 0 : energy / residual);

function worth(score: number, module: Module, kind: PriorKind): number {
  if (Number.isFinite(score)) return Math.max(0, score);
  const message = `The prior ${kind} of layer ${module.layer} (${module.kind}) is not finite: check the model's weights.`;
  throw new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'TENSOR_NOT_FINITE' });
}
