import { ROW_STEP } from './backend.ts';
import type { AttentionShape, Matrix, RowRange, Selection } from './backend.ts';

type Shape = Pick<Matrix, 'rows' | 'cols'>;

/** @throws RangeError when `holds` is false: the caller broke the contract of an op. */
export function requireThat(holds: boolean, op: string, what: string): void {
  if (!holds) throw new RangeError(`${op}: ${what}`);
}

export function requireShape(matrix: Shape, rows: number, cols: number, op: string, name: string): void {
  const holds = matrix.rows === rows && matrix.cols === cols;
  requireThat(holds, op, `${name} is [${matrix.rows}, ${matrix.cols}], not [${rows}, ${cols}]`);
}

export function requireRowRange({ first, count }: RowRange, rows: number, op: string): void {
  requireThat(first % ROW_STEP === 0, op, `rows from ${first} on, which is no multiple of ${ROW_STEP}`);
  requireThat(first >= 0 && count > 0 && first + count <= rows, op, `rows ${first} to ${first + count} of ${rows}`);
}

/** Sums are rows of x^T y, from row `above` on. */
export function requireGramShapes(sums: Shape, x: Shape, y: Shape, above: number, op: string): void {
  requireShape(y, x.rows, y.cols, op, 'y');
  requireShape(sums, sums.rows, y.cols, op, 'sums');
  requireThat(above % ROW_STEP === 0, op, `sums from row ${above} on, which is no multiple of ${ROW_STEP}`);
  const holds = above >= 0 && above + sums.rows <= x.cols;
  requireThat(holds, op, `sums are rows ${above} to ${above + sums.rows} of ${x.cols}`);
}

export function requireAttentionShape(shape: AttentionShape, qkv: Shape, op: string): void {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireThat(headDim % 2 === 0, op, `headDim ${headDim} is odd`);
  requireThat(queryHeads % kvGroups === 0, op, `${queryHeads} query heads over ${kvGroups} groups`);
  requireThat(qkv.rows % windowLength === 0, op, `${qkv.rows} rows in windows of ${windowLength}`);
  requireShape(qkv, qkv.rows, (queryHeads + 2 * kvGroups) * headDim, op, 'qkv');
}

/** Angles of every position of a window, for an even number of a head's elements. */
export function requireRotaryTable(table: Shape, { headDim, windowLength }: AttentionShape, op: string): void {
  requireThat(table.cols % 2 === 0 && table.cols <= headDim, op, `${table.cols} of ${headDim} elements are rotated`);
  requireShape(table, windowLength, table.cols, op, 'table');
}

/** A selection must divide the rows, and its units must make up the columns that it selects from. */
export function requireSelection(kept: Selection, rows: number, columns: number, op: string): void {
  requireThat(rows % kept.masks === 0, op, `${rows} rows over ${kept.masks} masks`);
  const whole = kept.units * kept.unitWidth;
  requireThat(whole === columns, op, `kept is of ${whole} columns, not ${columns}`);
}

/** A selection of query heads for activations of the given shape. */
export function requireKeptHeads(kept: Selection | undefined, rows: number, shape: AttentionShape, op: string): void {
  if (kept === undefined) return;
  requireThat(rows % (kept.masks * shape.windowLength) === 0, op, `${rows} rows over ${kept.masks} masks`);
  requireSelection(kept, rows, shape.queryHeads * shape.headDim, op);
  const { units, unitsPerGroup } = kept;
  const holds = units === shape.queryHeads && unitsPerGroup * shape.kvGroups === units;
  requireThat(holds, op, `kept is of ${units} heads in groups of ${unitsPerGroup}`);
}
