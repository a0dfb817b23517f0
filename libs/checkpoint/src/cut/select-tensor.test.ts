import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { Checkpoint } from '../checkpoint.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { writeTinyCheckpoint } from '../testing/tiny-checkpoint.ts';
import { selectTensor, ZERO } from './select-tensor.ts';
import type { TensorStream } from './tensor-stream.ts';

const NAME = 'model.layers.1.mlp.gate_proj.weight';
const ROWS = 40;
const COLUMNS = 16;

async function valuesOf(stream: TensorStream): Promise<number[]> {
  const values: number[] = [];
  for await (const chunk of stream.chunks()) values.push(...chunk);
  return values;
}

describe('selectTensor', () => {
  const temporary = useTemporaryDirectory();
  let checkpoint: Checkpoint;
  let all: Float32Array;
  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path('model'), { config: { intermediate_size: ROWS } });
    checkpoint = await openCheckpoint(temporary.path('model'));
    all = await checkpoint.readFloats(NAME);
  });
  afterAll(async () => checkpoint.close());

  it('passes a whole tensor through, under another name if asked', async () => {
    const stream = selectTensor(checkpoint, NAME, { as: 'other' });
    expect(stream).toMatchObject({ name: 'other', shape: [ROWS, COLUMNS] });
    expect(await valuesOf(stream)).toEqual([...all]);
  });

  it('passes vectors through', async () => {
    const stream = selectTensor(checkpoint, 'model.norm.weight');
    expect(stream.shape).toEqual([16]);
    expect(await valuesOf(stream)).toEqual([...(await checkpoint.readFloats('model.norm.weight'))]);
  });

  it('takes any rows and columns in any order, with zeros where asked', async () => {
    const index = (count: number): fc.Arbitrary<number[]> =>
      fc.array(fc.oneof(fc.integer({ min: 0, max: count - 1 }), fc.constant(ZERO)), { minLength: 1, maxLength: 60 });
    const property = fc.asyncProperty(index(ROWS), fc.option(index(COLUMNS)), async (rows, chosen) => {
      const columns = chosen ?? Array.from({ length: COLUMNS }, (_, column) => column);
      const expected = rows.flatMap((row) =>
        columns.map((column) => (row === ZERO || column === ZERO ? 0 : all[row * COLUMNS + column])),
      );
      const stream = selectTensor(checkpoint, NAME, chosen === null ? { rows } : { rows, columns });
      expect(stream.shape).toEqual([rows.length, columns.length]);
      expect(await valuesOf(stream)).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('never asks for more than a part of a large tensor', async () => {
    const rowCount = 50_000;
    const width = 100;
    let largest = 0;
    const large: Checkpoint = {
      ...checkpoint,
      tensors: new Map([['large', { name: 'large', dtype: 'F32', shape: [rowCount, width] }]]),
      readFloats: (_, rows = { start: 0, count: rowCount }) => {
        largest = Math.max(largest, rows.count);
        const values = Float32Array.from({ length: rows.count * width }, (__, i) => rows.start + Math.floor(i / width));
        return Promise.resolve(values);
      },
    };
    const rows = Array.from({ length: rowCount / 2 }, (_, i) => 2 * i);
    let next = 0;
    for await (const chunk of selectTensor(large, 'large', { rows }).chunks()) {
      for (let at = 0; at < chunk.length; at += width) {
        if (chunk[at] !== rows[next]) throw new Error(`row ${next} is ${chunk[at]}`);
        next += 1;
      }
    }
    expect(next).toBe(rows.length);
    expect(4 * width * largest).toBeLessThanOrEqual(8 * 2 ** 20);
  });
});
