import { gram } from '../linear-algebra/gram.ts';
import { addScaled, zeros, type Matrix } from '../linear-algebra/matrix.ts';
import { transpose } from '../linear-algebra/transpose.ts';
import type { BlockKind, UnitTable } from '../units/unit-table.ts';
import type { Design } from './design.ts';
import type { SlopeBelief } from './slope-belief.ts';

export const BLOCK_KINDS: readonly BlockKind[] = ['attention', 'ffn'];

/** Variance of the term that all modules of a kind share, relative to that of a module's own term. */
export const SHARED_VARIANCE = 4;

/** Prior variances of slopes, relative to that of the term which all units share. */
export interface KindVariance {
  readonly module: number;
  readonly unit: number;
}
export interface SlopeVariances extends Readonly<Record<BlockKind, KindVariance>> {
  /** Of the term that all units share, the scale of the prior as a whole: 1, or 0 where there is to be none. */
  readonly common: 0 | 1;
}

/** The Gram matrices of which every kernel of the family is a weighted sum. */
export interface KernelParts extends Readonly<Record<BlockKind, { readonly module: Matrix; readonly unit: Matrix }>> {
  readonly common: Matrix;
}

/** Sums of each kind's modules, the features of the shared terms: [kinds, observations]. */
export function sharedSums(units: UnitTable, design: Design): Matrix {
  const { size, moduleSums } = design;
  const values = new Float64Array(BLOCK_KINDS.length * size);
  for (const [m, module] of units.modules.entries()) {
    const row = BLOCK_KINDS.indexOf(module.block);
    for (let i = 0; i < size; i++) {
      values[row * size + i] = (values[row * size + i] as number) + (moduleSums.values[m * size + i] as number);
    }
  }
  return { rows: BLOCK_KINDS.length, columns: size, values };
}

/** Sums over all units: the feature of the term that scales the prior as a whole. */
export function commonSums({ size, moduleSums }: Design): Float64Array {
  const sums = new Float64Array(size);
  for (const [at, value] of moduleSums.values.entries()) sums[at % size] = (sums[at % size] as number) + value;
  return sums;
}

export function kernelParts(units: UnitTable, design: Design, belief: SlopeBelief): KernelParts {
  const of = (kind: BlockKind): { module: Matrix; unit: Matrix } => {
    const moduleRows = transpose(moduleFeatures(units, design, belief, kind));
    return { module: gram(moduleRows), unit: gram(transpose(design.columns[kind].values)) };
  };
  const common = { rows: design.size, columns: 1, values: commonSums(design) };
  return { common: gram(common), attention: of('attention'), ffn: of('ffn') };
}

/** K = common term + sum over kinds of module variance * (shared + own module terms) + unit variance * unit terms; [n, n]. */
export function combineKernel(parts: KernelParts, variances: SlopeVariances, size: number): Matrix {
  const kernel = zeros(size, size);
  addScaled(kernel, variances.common, parts.common);
  for (const kind of BLOCK_KINDS) {
    addScaled(kernel, variances[kind].module, parts[kind].module);
    addScaled(kernel, variances[kind].unit, parts[kind].unit);
  }
  return kernel;
}

/** Rows: every module's sums times the root of its spread, then the kind's shared sums times the root of its variance. */
function moduleFeatures(units: UnitTable, design: Design, belief: SlopeBelief, kind: BlockKind): Matrix {
  const { size, moduleSums } = design;
  const shared = sharedSums(units, design);
  const kindRow = BLOCK_KINDS.indexOf(kind);
  const rows: Float64Array[] = [
    Float64Array.from(
      shared.values.subarray(kindRow * size, (kindRow + 1) * size),
      (v) => v * Math.sqrt(SHARED_VARIANCE),
    ),
  ];
  for (const [m, module] of units.modules.entries()) {
    if (module.block !== kind) continue;
    const scale = Math.sqrt(belief.moduleSpread[m] as number);
    rows.push(Float64Array.from(moduleSums.values.subarray(m * size, (m + 1) * size), (v) => v * scale));
  }
  const values = new Float64Array(rows.length * size);
  for (const [r, row] of rows.entries()) values.set(row, r * size);
  return { rows: rows.length, columns: size, values };
}
