import type { Matrix } from '../linear-algebra/matrix.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { BlockKind, UnitTable } from '../units/unit-table.ts';
import type { SlopeBelief } from './slope-belief.ts';

/** One evaluated mask. */
export interface Observation {
  readonly mask: UnitSet;
  /** Rise of the loss, on the same windows, over that of the unmasked model; a stand-in where that is not finite. */
  readonly response: number;
  /** Standard deviation of what a linear model cannot explain, relative to other observations; positive. */
  readonly noise: number;
  /** Whether the loss was finite. */
  readonly isFinite: boolean;
}

/** Columns of the units of one kind of block, only those that occur in some mask. */
export interface UnitColumns {
  readonly ids: readonly number[];
  /** [columns, observations]: prior_u * sqrt(unitSpread_u) / noise_i where mask i removes unit u, else 0. */
  readonly values: Matrix;
}

/** The regression problem, each row divided by its noise, so that all rows are equally reliable. */
export interface Design {
  readonly size: number;
  /** Response minus what the belief's mean predicts, over noise. */
  readonly residual: Float64Array;
  /** [modules, observations]: sum of the priors that mask i removes from the module, over noise_i. */
  readonly moduleSums: Matrix;
  readonly columns: Readonly<Record<BlockKind, UnitColumns>>;
}

export function buildDesign(
  units: UnitTable,
  prior: Float64Array,
  belief: SlopeBelief,
  observations: readonly Observation[],
): Design {
  const size = observations.length;
  const moduleSums = new Float64Array(units.modules.length * size);
  const residual = new Float64Array(size);
  for (const [i, { mask, response, noise }] of observations.entries()) {
    let expected = 0;
    for (const [m, module] of units.modules.entries()) {
      let sum = 0;
      for (let id = module.start; id < module.start + module.count; id++) {
        if (mask[id] === 0) continue;
        sum += prior[id] as number;
        expected += (prior[id] as number) * (belief.mean[id] as number);
      }
      moduleSums[m * size + i] = sum / noise;
    }
    residual[i] = (response - expected) / noise;
  }
  return {
    size,
    residual,
    moduleSums: { rows: units.modules.length, columns: size, values: moduleSums },
    columns: {
      attention: columnsOf('attention', units, prior, belief, observations),
      ffn: columnsOf('ffn', units, prior, belief, observations),
    },
  };
}

function columnsOf(
  kind: BlockKind,
  units: UnitTable,
  prior: Float64Array,
  belief: SlopeBelief,
  observations: readonly Observation[],
): UnitColumns {
  const ids: number[] = [];
  for (const module of units.modules) {
    if (module.block !== kind) continue;
    for (let id = module.start; id < module.start + module.count; id++) {
      if (observations.some(({ mask }) => mask[id] === 1)) ids.push(id);
    }
  }
  const size = observations.length;
  const values = new Float32Array(ids.length * size);
  for (const [row, id] of ids.entries()) {
    const scale = (prior[id] as number) * Math.sqrt(belief.unitSpread[id] as number);
    for (const [i, { mask, noise }] of observations.entries())
      if (mask[id] === 1) values[row * size + i] = scale / noise;
  }
  return { ids, values: { rows: ids.length, columns: size, values } };
}
