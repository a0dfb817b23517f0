import type { AttentionShape, HostMatrix } from '../backend.ts';
import { requireAttentionShape, requireKeptHeads, requireShape } from '../op-shapes.ts';
import { shapeOfRow } from './shape-of-row.ts';
import type { ReferenceSelection } from './storage.ts';

/** Causal softmax attention with scale 1 / sqrt(headDim), over the heads that the mask of a row keeps. */
export function attention(out: HostMatrix, qkv: HostMatrix, shape: AttentionShape, kept?: ReferenceSelection): void {
  requireAttentionShape(shape, qkv, 'attention');
  requireShape(out, qkv.rows, shape.queryHeads * shape.headDim, 'attention', 'out');
  requireKeptHeads(kept, qkv.rows, shape, 'attention');
  out.data.fill(0);
  for (let r = 0; r < qkv.rows; r++) {
    const ofRow = shapeOfRow(shape, kept, r, qkv.rows);
    for (let head = 0; head < ofRow.queryHeads; head++) {
      const group = Math.floor((head * ofRow.kvGroups) / ofRow.queryHeads);
      const probabilities = attentionOf(qkv, r, head, group, ofRow);
      for (let d = 0; d < shape.headDim; d++) {
        out.data[r * out.cols + head * shape.headDim + d] = weightedValue(qkv, r, group, d, ofRow, probabilities);
      }
    }
  }
}

/** Softmax of the scores of row r over the rows of its window up to itself, first row first. */
function attentionOf(qkv: HostMatrix, r: number, head: number, group: number, shape: AttentionShape): number[] {
  const { headDim, queryHeads, windowLength } = shape;
  const query = r * qkv.cols + head * headDim;
  const scores: number[] = [];
  for (let s = r - (r % windowLength); s <= r; s++) {
    const key = s * qkv.cols + (queryHeads + group) * headDim;
    let score = 0;
    for (let d = 0; d < headDim; d++) score += (qkv.data[query + d] as number) * (qkv.data[key + d] as number);
    scores.push(score / Math.sqrt(headDim));
  }
  const largest = scores.reduce((a, b) => Math.max(a, b));
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((exponential) => exponential / sum);
}

function weightedValue(
  qkv: HostMatrix,
  r: number,
  group: number,
  d: number,
  shape: AttentionShape,
  probabilities: readonly number[],
): number {
  const first = r - (r % shape.windowLength);
  const column = (shape.queryHeads + shape.kvGroups + group) * shape.headDim + d;
  let sum = 0;
  for (const [s, probability] of probabilities.entries()) {
    sum += probability * (qkv.data[(first + s) * qkv.cols + column] as number);
  }
  return sum;
}
