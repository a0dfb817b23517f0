import type { WeightPrecision } from './kernel-context.ts';
import type { Tiling } from './tiling.ts';

/** Part of a product x W^T that one workgroup computes. */
export interface GemmTile {
  /** Rows of activations. */
  readonly rows: number;
  /** Columns of outputs. */
  readonly columns: number;
  /** Columns of the weight that it loads at once. */
  readonly unit: 'quads' | 'octets-f16';
  /** Shader file that computes it. */
  readonly file: string;
}

/** A lane owns one vec4 of columns, so that every weight it loads feeds 32 rows. */
function rowBlocks(columns: number): GemmTile {
  return { rows: 32, columns, unit: 'quads', file: 'include/tile-subgroup.wgsl' };
}

/** A lane owns eight columns, which one load of a 16-bit weight brings, of 16 rows. */
function columnBlocks(columns: number): GemmTile {
  return { rows: 16, columns, unit: 'octets-f16', file: 'include/tile-subgroup-octets.wgsl' };
}

const WORKGROUP: GemmTile = { rows: 64, columns: 64, unit: 'quads', file: 'include/tile-workgroup.wgsl' };

const TILES: Readonly<Record<Tiling, Readonly<Record<WeightPrecision, GemmTile>>>> = {
  'subgroup-4': { f32: rowBlocks(16), f16: columnBlocks(32) },
  'subgroup-8': { f32: rowBlocks(32), f16: columnBlocks(64) },
  workgroup: { f32: WORKGROUP, f16: WORKGROUP },
};

export function gemmTile(tiling: Tiling, precision: WeightPrecision): GemmTile {
  return TILES[tiling][precision];
}
