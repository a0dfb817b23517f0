import type { HostMatrix } from '@bonsai/ops';

/** Rows in blocks of `blockRows`: those of the named blocks, in the order named. */
export function selectRowBlocks(matrix: HostMatrix, blocks: readonly number[], blockRows: number): HostMatrix {
  const { rows, cols, data } = matrix;
  if (blocks.length * blockRows === rows) return matrix;
  const blockLength = blockRows * cols;
  const selected = new Float32Array(blocks.length * blockLength);
  for (const [i, block] of blocks.entries()) {
    selected.set(data.subarray(block * blockLength, (block + 1) * blockLength), i * blockLength);
  }
  return { rows: blocks.length * blockRows, cols, data: selected };
}

/** Columns in blocks of `blockCols`: those of the named blocks, in the order named. */
export function selectColumnBlocks(matrix: HostMatrix, blocks: readonly number[], blockCols: number): HostMatrix {
  const { rows, cols, data } = matrix;
  const selectedCols = blocks.length * blockCols;
  if (selectedCols === cols) return matrix;
  const selected = new Float32Array(rows * selectedCols);
  for (let r = 0; r < rows; r++) {
    for (const [i, block] of blocks.entries()) {
      const start = r * cols + block * blockCols;
      for (let c = 0; c < blockCols; c++) {
        selected[r * selectedCols + i * blockCols + c] = data[start + c] as number;
      }
    }
  }
  return { rows, cols: selectedCols, data: selected };
}

/** The rows of all parts below each other. */
export function concatenateRows(parts: readonly HostMatrix[]): HostMatrix {
  const cols = parts[0]?.cols ?? 0;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float32Array(rows * cols);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { rows, cols, data };
}
