import { ZERO } from './select-tensor.ts';

/** Rows (or columns) of whole heads, in order; {@link ZERO} stands for a head of zeros. */
export function headRows(heads: readonly number[], headDim: number): number[] {
  return heads.flatMap((head) =>
    Array.from({ length: headDim }, (_, row) => (head === ZERO ? ZERO : head * headDim + row)),
  );
}
