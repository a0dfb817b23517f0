import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROW_STEP } from '@bonsai/ops';
import type { Backend, Matrix, Recorder, RowRange } from '@bonsai/ops';
import { normal, seededRandom } from '@bonsai/support';
import { configurations, openBackend } from './configurations.ts';

const WINDOW = 37;
const HEADS = { headDim: 16, queryHeads: 4, kvGroups: 2, windowLength: WINDOW };
const QKV_COLUMNS = (HEADS.queryHeads + 2 * HEADS.kvGroups) * HEADS.headDim;
const HIDDEN = 61;
const VOCABULARY = 331;

function values(rows: number, cols: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: rows * cols }, () => normal(random));
}

/** An op with `cols` columns in and a given output; records it on any whole number of windows. */
interface Probe {
  readonly name: string;
  readonly columns: number;
  readonly outputs: number;
  record(recorder: Recorder, out: Matrix, x: Matrix, range?: RowRange): void;
}

/** Bits, so that two NaN or two zeros of different sign do not pass for equal. */
const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

describe.each(configurations)('$name', ({ options }) => {
  let backend: Backend;
  let probes: readonly Probe[];

  beforeAll(async () => {
    backend = await openBackend(options);
    const host = (rows: number, cols: number, seed: number) => ({ rows, cols, data: values(rows, cols, seed) });
    const weight = await backend.packWeight(host(83, HIDDEN, 1));
    const gated = await backend.packGatedWeight(host(47, HIDDEN, 2), host(47, HIDDEN, 3));
    const head = await backend.packWeight(host(VOCABULARY, HIDDEN, 4));
    const gain = backend.matrix(1, HIDDEN, values(1, HIDDEN, 5));
    const targets = backend.indices(Uint32Array.from({ length: WINDOW }, (_, i) => (i * 97) % VOCABULARY));
    const tokens = backend.indices(Uint32Array.from({ length: 5 * WINDOW }, (_, i) => (i * 89) % VOCABULARY));
    probes = [
      { name: 'linear', columns: HIDDEN, outputs: 83, record: (r, out, x) => r.linear(out, x, weight) },
      { name: 'gatedLinear', columns: HIDDEN, outputs: 47, record: (r, out, x) => r.gatedLinear(out, x, gated) },
      { name: 'rmsNorm', columns: HIDDEN, outputs: HIDDEN, record: (r, out, x) => r.rmsNorm(out, x, gain, 1e-5) },
      {
        name: 'layerNorm',
        columns: HIDDEN,
        outputs: HIDDEN,
        record: (r, out, x) => r.layerNorm(out, x, gain, gain, 1e-5),
      },
      {
        name: 'attention',
        columns: QKV_COLUMNS,
        outputs: HEADS.queryHeads * HEADS.headDim,
        record: (r, out, x) => r.attention(out, x, HEADS),
      },
      {
        name: 'negativeLogLikelihood',
        columns: HIDDEN,
        outputs: 1,
        record: (r, out, x, range) => r.negativeLogLikelihood(out, x, head, targets, range),
      },
      {
        name: 'gatheredLogits',
        columns: HIDDEN,
        outputs: 5,
        record: (r, out, x) => r.gatheredLogits(out, x, head, tokens),
      },
    ];
  });

  afterAll(async () => {
    await backend.dispose();
  });

  function probeNamed(name: string): Probe {
    const probe = probes.find((candidate) => candidate.name === name);
    if (probe === undefined) throw new Error(`no probe ${name}`);
    return probe;
  }

  async function run(probe: Probe, rows: number, data: Float32Array, range?: RowRange): Promise<Float32Array> {
    const x = backend.matrix(rows, probe.columns, data);
    const out = backend.matrix(rows, probe.outputs);
    const recorder = backend.recorder();
    probe.record(recorder, out, x, range);
    await backend.submit(recorder);
    const result = await backend.read(out);
    x.release();
    out.release();
    return result;
  }

  /** What an accumulating op makes of windows that come in batches of a given size. */
  async function accumulated(
    op: 'columnSums' | 'gram',
    data: Float32Array,
    batchWindows: number,
  ): Promise<Float32Array> {
    const sums = backend.matrix(op === 'gram' ? HIDDEN : 3, HIDDEN, values(op === 'gram' ? HIDDEN : 3, HIDDEN, 13));
    for (let at = 0; at < data.length; at += batchWindows * WINDOW * HIDDEN) {
      const part = data.subarray(at, at + batchWindows * WINDOW * HIDDEN);
      const x = backend.matrix(part.length / HIDDEN, HIDDEN, part);
      const recorder = backend.recorder();
      if (op === 'gram') recorder.gram(sums, x, x, WINDOW);
      else recorder.columnSums(sums, x, WINDOW);
      await backend.submit(recorder);
      x.release();
    }
    const result = await backend.read(sums);
    sums.release();
    return result;
  }

  it.each(['columnSums', 'gram'] as const)('%s: sums have the same bits however windows are batched', async (op) => {
    const data = values(5 * WINDOW, HIDDEN, 14);
    const together = await accumulated(op, data, 5);
    for (const batchWindows of [1, 2, 3]) {
      expect(bitsOf(await accumulated(op, data, batchWindows))).toEqual(bitsOf(together));
    }
  });

  const names = ['linear', 'gatedLinear', 'rmsNorm', 'attention', 'negativeLogLikelihood', 'gatheredLogits'];
  it.each(names)('%s: a window has the same bits alone and in any place of a batch', async (name) => {
    const probe = probeNamed(name);
    const own = values(WINDOW, probe.columns, 11);
    const alone = await run(probe, WINDOW, own);
    for (const [windows, place] of [
      [2, 1],
      [5, 3],
    ] as const) {
      const batch = values(windows * WINDOW, probe.columns, 12);
      batch.set(own, place * own.length);
      const together = await run(probe, windows * WINDOW, batch);
      const part = together.slice(place * alone.length, (place + 1) * alone.length);
      expect(bitsOf(part)).toEqual(bitsOf(alone));
    }
  });

  it('negativeLogLikelihood: a range of rows has the bits of the whole and leaves other rows', async () => {
    const probe = probeNamed('negativeLogLikelihood');
    const rows = 15 * WINDOW;
    const data = values(rows, HIDDEN, 15);
    const whole = bitsOf(await run(probe, rows, data));
    for (const range of [
      { first: 0, count: 1 },
      { first: ROW_STEP, count: ROW_STEP },
      { first: 2 * ROW_STEP, count: rows - 2 * ROW_STEP },
    ]) {
      const end = range.first + range.count;
      const expected = whole.map((bits, row) => (row >= range.first && row < end ? bits : 0));
      expect(bitsOf(await run(probe, rows, data, range))).toEqual(expected);
    }
  });

  it('gram: a range of rows has the bits of the whole and leaves other rows', async () => {
    const cols = ROW_STEP + 45;
    const x = backend.matrix(2 * WINDOW, cols, values(2 * WINDOW, cols, 16));
    const y = backend.matrix(2 * WINDOW, 7, values(2 * WINDOW, 7, 17));
    const summed = async (range?: RowRange): Promise<Uint32Array> => {
      const sums = backend.matrix(cols, 7);
      const recorder = backend.recorder();
      recorder.gram(sums, x, y, WINDOW, range);
      await backend.submit(recorder);
      const result = await backend.read(sums);
      sums.release();
      return bitsOf(result);
    };
    const whole = await summed();
    for (const range of [
      { first: 0, count: 1 },
      { first: ROW_STEP, count: 45 },
    ]) {
      const [from, to] = [7 * range.first, 7 * (range.first + range.count)];
      expect(await summed(range)).toEqual(whole.map((bits, at) => (at >= from && at < to ? bits : 0)));
    }
    x.release();
    y.release();
  });

  it('gram: bands of rows have the bits of the whole', async () => {
    const cols = 2 * ROW_STEP + 45;
    const x = backend.matrix(2 * WINDOW, cols, values(2 * WINDOW, cols, 18));
    // A matcher takes seconds for so many.
    const areRows = (found: Uint32Array, expected: Uint32Array): boolean =>
      found.length === expected.length && found.every((bits, at) => bits === expected[at]);
    const summed = async (rows: number, above?: number, range?: RowRange): Promise<Uint32Array> => {
      const sums = backend.matrix(rows, cols);
      const recorder = backend.recorder();
      recorder.gram(sums, x, x, WINDOW, range, above);
      await backend.submit(recorder);
      const result = await backend.read(sums);
      sums.release();
      return bitsOf(result);
    };
    const whole = await summed(cols);
    const band = await summed(ROW_STEP + 45, ROW_STEP);
    expect(areRows(band, whole.subarray(ROW_STEP * cols))).toBe(true);
    const end = await summed(ROW_STEP + 45, ROW_STEP, { first: ROW_STEP, count: 45 });
    expect(areRows(end.subarray(ROW_STEP * cols), whole.subarray(2 * ROW_STEP * cols))).toBe(true);
    expect(end.subarray(0, ROW_STEP * cols).every((bits) => bits === 0)).toBe(true);
    x.release();
  });
});
