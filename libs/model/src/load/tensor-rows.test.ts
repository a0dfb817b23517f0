import { describe, expect, it } from '@jest/globals';
import { wholeMatrix } from '@bonsai/ops';
import { fakeCheckpoint, SMALL_CONFIG } from '../testing/fake-checkpoint.ts';
import { stacked, tensorRows } from './tensor-rows.ts';

const NAME = 'model.layers.0.self_attn.k_proj.weight';
const checkpoint = fakeCheckpoint(SMALL_CONFIG, 1);
const all = await checkpoint.readFloats(NAME);
const [rows, cols] = [12, 14];

describe('tensorRows', () => {
  it('gives a matrix, as often as it is read', async () => {
    const source = tensorRows(checkpoint, NAME);
    for (let time = 0; time < 2; time++) expect(await wholeMatrix(source)).toEqual({ rows, cols, data: all });
  });

  it('gives some columns', async () => {
    const chosen = await wholeMatrix(tensorRows(checkpoint, NAME, { columns: [2, 3, 12, 13] }));
    const expected = Float32Array.from({ length: rows * 4 }, (_, at) => {
      const column = [2, 3, 12, 13][at % 4] ?? 0;
      return all[Math.floor(at / 4) * cols + column] ?? Number.NaN;
    });
    expect(chosen).toEqual({ rows, cols: 4, data: expected });
  });
});

describe('stacked', () => {
  it('puts matrices below each other, in one piece or not', async () => {
    const last = { rows: 1, cols, data: all.subarray(0, cols) };
    const stack = await wholeMatrix(stacked([tensorRows(checkpoint, NAME, { rows: [5, 2] }), last]));
    const row = (r: number): number[] => [...all.subarray(r * cols, (r + 1) * cols)];
    expect(stack).toEqual({ rows: 3, cols, data: Float32Array.of(...row(5), ...row(2), ...row(0)) });
  });
});
