import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttentionShape, Backend, GatedWeight, Matrix, Recorder, Selection, Weight } from '@bonsai/ops';
import { integerBelow, normal, seededRandom } from '@bonsai/support';
import { configurations, openBackend, roundsInputs } from './configurations.ts';

const HIDDEN = 61;
const GROUPS = 5;
const NEURONS = 83;
/** An odd number of rows, which no tile divides. */
const WINDOW = 23;
const WINDOWS = 3;
const ROWS = WINDOW * WINDOWS;
/** The head dimension is no multiple of four; several query heads share a group. */
const HEADS: AttentionShape = { headDim: 10, queryHeads: 2 * GROUPS, kvGroups: GROUPS, windowLength: WINDOW };
const GROUP_WIDTH = 2 * HEADS.headDim;
const QKV = (HEADS.queryHeads + 2 * GROUPS) * HEADS.headDim;

function values(rows: number, cols: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: rows * cols }, () => normal(random));
}

const host = (rows: number, cols: number, seed: number) => ({ rows, cols, data: values(rows, cols, seed) });

/** Everything, nothing, one unit, and two random masks. */
function masksOf(units: number): Uint32Array[] {
  const random = seededRandom(units);
  const all = Uint32Array.from({ length: units }, (_, unit) => unit);
  const some = (): Uint32Array => all.filter(() => integerBelow(random, 2) === 1);
  return [all, new Uint32Array(), all.slice(units - 1), some(), some()];
}

/** Query heads: both of every group of the above, and one of every group of the first and the last. */
function headMasks(): Uint32Array[] {
  const masks = masksOf(GROUPS);
  const both = masks.map((groups) => Uint32Array.from([...groups].flatMap((group) => [2 * group, 2 * group + 1])));
  const one = [masks[0], masks.at(-1)].map((groups) => (groups ?? []).map((group) => 2 * group + (group % 2)));
  return [...both, ...one.map((heads) => Uint32Array.from(heads))];
}

/** Heads of a row of queries, keys and values: the given query heads and the groups that they read. */
function qkvHeads(queries: Uint32Array): Uint32Array {
  const heads = Array.from({ length: HEADS.queryHeads + 2 * GROUPS }, (_, head) => head);
  const groupOf = (head: number): number =>
    head < HEADS.queryHeads ? Math.floor(head / 2) : (head - HEADS.queryHeads) % GROUPS;
  const groups = new Set([...queries].map(groupOf));
  return Uint32Array.from(
    heads.filter((head) => (head < HEADS.queryHeads ? queries.includes(head) : groups.has(groupOf(head)))),
  );
}

/** Matrix units add 16 products at once, in an order of their own: it matters which inputs are beside each other. */
const inOrder = configurations.filter(({ options }) => !roundsInputs(options));

describe.each(inOrder)('$name: a mask over gathered rows has the bits of multiplying by zero', ({ options }) => {
  let backend: Backend;
  let weights: { qkv: Weight; output: Weight; gateUp: GatedWeight; down: Weight };
  let table: Matrix;

  beforeAll(async () => {
    // The binding holds only a part of the weights' columns, so that masks meet segments.
    backend = await openBackend({ ...options, bindingBytes: 4 * 64 * 64 * 2 });
    weights = {
      qkv: await backend.packWeight(host(QKV, HIDDEN, 1)),
      output: await backend.packWeight(host(HIDDEN, GROUPS * GROUP_WIDTH, 2)),
      gateUp: await backend.packGatedWeight(host(NEURONS, HIDDEN, 3), host(NEURONS, HIDDEN, 4)),
      down: await backend.packWeight(host(HIDDEN, NEURONS, 5)),
    };
    table = backend.matrix(WINDOW, HEADS.headDim, values(WINDOW, HEADS.headDim, 6));
  });

  afterAll(async () => {
    await backend.dispose();
  });

  async function run(record: (recorder: Recorder) => void, out: Matrix): Promise<Float32Array> {
    const recorder = backend.recorder();
    record(recorder);
    await backend.submit(recorder);
    return backend.read(out);
  }

  /** Outputs of a block for one mask: the plain ops, with zeros where the mask removes a unit. */
  async function multipliedByZero(
    inner: Float32Array,
    unitWidth: number,
    kept: Uint32Array,
    weight: Weight,
    residual: Float32Array,
  ): Promise<Float32Array> {
    const masked = inner.map((value, i) =>
      kept.includes(Math.floor((i % weight.inputs) / unitWidth)) ? value : value * 0,
    );
    const out = backend.matrix(ROWS, HIDDEN, residual);
    const x = backend.matrix(ROWS, weight.inputs, masked);
    return run((r) => r.linear(out, x, weight, out), out);
  }

  /** Outputs of a block for one of several masks, by gathering. */
  function expectSameBits(gathered: Float32Array, mask: number, expected: Float32Array): void {
    const part = gathered.slice(mask * ROWS * HIDDEN, (mask + 1) * ROWS * HIDDEN);
    const differing = part.findIndex((value, i) => value !== expected[i]);
    expect({ mask, differing }).toEqual({ mask, differing: -1 });
  }

  const repeated = (data: Float32Array, times: number): Float32Array =>
    Float32Array.from({ length: data.length * times }, (_, i) => data[i % data.length] as number);

  it('in the attention block', async () => {
    const masks = headMasks();
    const [input, residual] = [values(ROWS, HIDDEN, 7), values(ROWS, HIDDEN, 8)];
    const heads = backend.matrix(ROWS, GROUPS * GROUP_WIDTH);
    const inner = await run((r) => {
      const qkv = backend.matrix(ROWS, QKV);
      r.linear(qkv, backend.matrix(ROWS, HIDDEN, input), weights.qkv);
      r.rotaryEmbedding(qkv, table, HEADS);
      r.attention(heads, qkv, HEADS);
    }, heads);
    const rows = masks.length * ROWS;
    const out = backend.matrix(rows, HIDDEN, repeated(residual, masks.length));
    const gathered = await run((r) => {
      const keptHeads: Selection = backend.selection(masks.map(qkvHeads), HEADS.queryHeads + 2 * GROUPS, HEADS.headDim);
      const kept: Selection = backend.selection(masks, HEADS.queryHeads, HEADS.headDim, 2);
      const qkv = backend.matrix(rows, QKV, values(rows, QKV, 9));
      const compact = backend.matrix(rows, GROUPS * GROUP_WIDTH, values(rows, GROUPS * GROUP_WIDTH, 10));
      r.linearToKept(qkv, backend.matrix(rows, HIDDEN, repeated(input, masks.length)), weights.qkv, keptHeads);
      r.rotaryEmbedding(qkv, table, HEADS, kept);
      r.attention(compact, qkv, HEADS, kept);
      r.linearFromKept(out, compact, weights.output, kept, out);
    }, out);
    for (const [m, kept] of masks.entries()) {
      const expected = await multipliedByZero(inner, HEADS.headDim, kept, weights.output, residual);
      expectSameBits(gathered, m, expected);
    }
  });

  it('in the FFN block', async () => {
    const masks = masksOf(NEURONS);
    const [input, residual] = [values(ROWS, HIDDEN, 7), values(ROWS, HIDDEN, 8)];
    const neurons = backend.matrix(ROWS, NEURONS);
    const inner = await run(
      (r) => r.gatedLinear(neurons, backend.matrix(ROWS, HIDDEN, input), weights.gateUp),
      neurons,
    );
    const rows = masks.length * ROWS;
    const out = backend.matrix(rows, HIDDEN, repeated(residual, masks.length));
    const gathered = await run((r) => {
      const kept: Selection = backend.selection(masks, NEURONS, 1);
      const compact = backend.matrix(rows, NEURONS, values(rows, NEURONS, 9));
      r.gatedLinearToKept(compact, backend.matrix(rows, HIDDEN, repeated(input, masks.length)), weights.gateUp, kept);
      r.linearFromKept(out, compact, weights.down, kept, out);
    }, out);
    for (const [m, kept] of masks.entries()) {
      expectSameBits(gathered, m, await multipliedByZero(inner, 1, kept, weights.down, residual));
    }
  });
});
