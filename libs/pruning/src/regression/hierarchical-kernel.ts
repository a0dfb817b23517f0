import { addScaled, zeros, type Matrix } from '../linear-algebra/matrix.ts';
import { timesTransposed } from '../linear-algebra/times-transposed.ts';
import { transpose } from '../linear-algebra/transpose.ts';
import type { UnitKind, UnitTable } from '../units/unit-table.ts';
import type { Design } from './design.ts';
import type { SlopeBelief } from './slope-belief.ts';

export const KINDS: readonly UnitKind[] = ['kvGroup', 'ffnNeuron'];

/** Variance of the term that all modules of a kind share, relative to that of a module's own term. */
export const SHARED_VARIANCE = 4;

/** Prior variances of slopes, relative to the module term of the FFN neurons. */
export interface KindVariance {
  readonly module: number;
  readonly unit: number;
}
export type SlopeVariances = Readonly<Record<UnitKind, KindVariance>>;

/** The Gram matrices of which every kernel of the family is a weighted sum. */
export type KernelParts = Readonly<Record<UnitKind, { readonly module: Matrix; readonly unit: Matrix }>>;

/** Sums of each kind's modules, the features of the shared terms: [kinds, observations]. */
export function sharedSums(units: UnitTable, design: Design): Matrix {
  const { size, moduleSums } = design;
  const values = new Float64Array(KINDS.length * size);
  for (const [m, module] of units.modules.entries()) {
    const row = KINDS.indexOf(module.kind);
    for (let i = 0; i < size; i++) {
      values[row * size + i] = (values[row * size + i] as number) + (moduleSums.values[m * size + i] as number);
    }
  }
  return { rows: KINDS.length, columns: size, values };
}

export function kernelParts(units: UnitTable, design: Design, belief: SlopeBelief): KernelParts {
  const of = (kind: UnitKind): { module: Matrix; unit: Matrix } => {
    const moduleRows = transpose(moduleFeatures(units, design, belief, kind));
    const unitRows = transpose(design.columns[kind].values);
    return { module: timesTransposed(moduleRows, moduleRows), unit: timesTransposed(unitRows, unitRows) };
  };
  return { kvGroup: of('kvGroup'), ffnNeuron: of('ffnNeuron') };
}

/** K = sum over kinds of module variance * (shared + own module terms) + unit variance * unit terms; [n, n]. */
export function combineKernel(parts: KernelParts, variances: SlopeVariances, size: number): Matrix {
  const kernel = zeros(size, size);
  for (const kind of KINDS) {
    addScaled(kernel, variances[kind].module, parts[kind].module);
    addScaled(kernel, variances[kind].unit, parts[kind].unit);
  }
  return kernel;
}

/** Rows: every module's sums times the root of its spread, then the kind's shared sums times the root of its variance. */
function moduleFeatures(units: UnitTable, design: Design, belief: SlopeBelief, kind: UnitKind): Matrix {
  const { size, moduleSums } = design;
  const shared = sharedSums(units, design);
  const kindRow = KINDS.indexOf(kind);
  const rows: Float64Array[] = [
    Float64Array.from(
      shared.values.subarray(kindRow * size, (kindRow + 1) * size),
      (v) => v * Math.sqrt(SHARED_VARIANCE),
    ),
  ];
  for (const [m, module] of units.modules.entries()) {
    if (module.kind !== kind) continue;
    const scale = Math.sqrt(belief.moduleSpread[m] as number);
    rows.push(Float64Array.from(moduleSums.values.subarray(m * size, (m + 1) * size), (v) => v * scale));
  }
  const values = new Float64Array(rows.length * size);
  for (const [r, row] of rows.entries()) values.set(row, r * size);
  return { rows: rows.length, columns: size, values };
}
