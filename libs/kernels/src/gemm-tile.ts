import type { WeightPrecision } from '@bonsai/ops';
import type { Tiling } from './tiling.ts';

/** Part of a product x W^T that one workgroup computes. */
export interface GemmTile {
  /** Rows of activations. */
  readonly rows: number;
  /** Columns of outputs. */
  readonly columns: number;
  /** Invocations of the workgroup. */
  readonly invocations: number;
  /** What products take of the inputs: their values, or these rounded to the 11 bits of an f16. */
  readonly inputs: 'whole' | 'f16';
  readonly directives: readonly string[];
  /** Shader files that compute it. */
  readonly files: readonly string[];
  /** Bytes of workgroup memory that this takes. */
  readonly workgroupBytes: number;
  /** Values of the overrides in those files. */
  readonly constants: Readonly<Record<string, number>>;
}

/**
 * All tiles of one list add the products of a sum in the same order, so that the bits of a score do not depend on which
 * one is taken. The first is the one to take unmeasured.
 */
export type GemmTiles = readonly [GemmTile, ...GemmTile[]];

/** A lane owns one vec4 of columns, so that every weight it loads feeds 32 rows. */
function rowBlocks(columns: number): GemmTiles {
  return [
    {
      rows: 32,
      columns,
      invocations: columns / 4,
      inputs: 'whole',
      directives: [],
      files: ['include/tile-subgroup.wgsl'],
      workgroupBytes: 0,
      constants: {},
    },
  ];
}

const SIZES: readonly [rows: number, columns: number][] = [
  [64, 64],
  [128, 64],
  [64, 128],
  [128, 128],
];

interface SizedTiles extends Pick<GemmTile, 'inputs' | 'directives' | 'files'> {
  readonly bytes: (rows: number, columns: number) => number;
}

/** An invocation owns 16 rows of one vec4 of columns. */
function sized({ inputs, directives, files, bytes }: SizedTiles): GemmTiles {
  const [first, ...others] = SIZES.map(([rows, columns]) => ({
    rows,
    columns,
    invocations: (rows / 16) * (columns / 4),
    inputs,
    directives,
    files,
    workgroupBytes: bytes(rows, columns),
    constants: { TILE_ROWS: rows, TILE_COLUMNS4: columns / 4 },
  }));
  if (first === undefined) throw new Error('a tiling has no tiles');
  return [first, ...others];
}

const WORKGROUP = sized({
  inputs: 'whole',
  directives: [],
  files: ['include/tile-workgroup.wgsl'],
  // 16 inputs of rows and columns in f32.
  bytes: (rows, columns) => 16 * 4 * (rows + columns),
});

const MATRIX = sized({
  inputs: 'f16',
  directives: ['include/enable-subgroups.wgsl', 'include/enable-f16.wgsl', 'include/enable-matrix.wgsl'],
  files: ['include/tile-matrix.wgsl', 'include/matrix-units.wgsl'],
  // 32 inputs of rows and columns in f16, a quarter of the sums, and the largest value and the scale of every row.
  bytes: (rows, columns) => 32 * 2 * (rows + columns) + rows * columns + 8 * rows,
});

const TILES: Readonly<Record<Tiling, GemmTiles>> = {
  'subgroup-4': rowBlocks(16),
  'subgroup-8': rowBlocks(32),
  workgroup: WORKGROUP,
  matrix: MATRIX,
};

/** What may compute a product, the tile to take unmeasured first. */
export function gemmTiles(tiling: Tiling, precision: WeightPrecision): GemmTiles {
  // Matrix units take no f32.
  return tiling === 'matrix' && precision === 'f32' ? WORKGROUP : TILES[tiling];
}

/** Rows by columns, as in '128x64'. */
export type TileName = `${number}x${number}`;

export function tileName({ rows, columns }: GemmTile): TileName {
  return `${rows}x${columns}`;
}

export function tileNamed(tiling: Tiling, precision: WeightPrecision, name: TileName): GemmTile | undefined {
  return gemmTiles(tiling, precision).find((tile) => tileName(tile) === name);
}
