import { describe, expect, it } from '@jest/globals';
import type { GpuBackendOptions } from '@bonsai/kernels';
import { wholeMatrix, type Backend, type HostMatrix, type HostRows } from '@bonsai/ops';
import { opCases, resultOf } from '@bonsai/ops/cases';
import { configurations, openBackend } from './configurations.ts';

type Format = 'f16' | 'bf16';

const READS_WEIGHTS = [
  'embed',
  'linear',
  'linearToKept',
  'linearFromKept',
  'gatedLinear',
  'gatedLinearToKept',
  'negativeLogLikelihood',
  'gatheredLogits',
];
const cases = opCases.filter(({ op, scale }) => scale === 'small' && READS_WEIGHTS.includes(op));

/** Bits of an f32 that a value of the format may have; below its normal range all of them go. */
const MASKS: Readonly<Record<Format, number>> = { f16: 0xffff_e000, bf16: 0xffff_0000 };
const LEAST: Readonly<Record<Format, number>> = { f16: 2 ** -14, bf16: 2 ** -126 };

function shortened(values: Float32Array, format: Format): Float32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length).map((value) => value & MASKS[format]);
  return new Float32Array(bits.buffer).map((value) => (Math.abs(value) < LEAST[format] ? 0 : value));
}

/** A backend that packs weights which the format can hold, whatever it is asked to pack. */
async function openShort(options: GpuBackendOptions, format: Format): Promise<Backend> {
  const backend = await openBackend(options);
  const packWeight = backend.packWeight.bind(backend);
  const packGatedWeight = backend.packGatedWeight.bind(backend);
  const short = async (rows: HostRows): Promise<HostMatrix> => {
    const whole = await wholeMatrix(rows);
    return { ...whole, data: shortened(whole.data, format) };
  };
  return Object.assign(backend, {
    packWeight: async (rows: HostRows) => packWeight(await short(rows)),
    packGatedWeight: async (gate: HostRows, up: HostRows) => packGatedWeight(await short(gate), await short(up)),
  });
}

/** Rows of a weight as the device gives them back. */
async function embedded(backend: Backend, rows: HostMatrix): Promise<Float32Array> {
  const table = await backend.packWeight(rows);
  const tokens = backend.indices(Uint32Array.from({ length: rows.rows }, (_, token) => token));
  const out = backend.matrix(rows.rows, rows.cols);
  const recorder = backend.recorder();
  recorder.embed(out, table, tokens);
  await backend.submit(recorder);
  const values = await backend.read(out);
  for (const held of [table, tokens, out]) held.release();
  return values;
}

const matrix = (data: Float32Array, cols: number): HostMatrix => ({ rows: data.length / cols, cols, data });

/** Every finite value of a format, from the bits of its positive ones. */
function allFinite(count: number, valueOf: (bits: number) => number): Float32Array {
  const positive = Float32Array.from({ length: count }, (_, bits) => valueOf(bits));
  return Float32Array.of(...positive, ...positive.map((value) => -value));
}

const halfOf = (bits: number): number =>
  bits < 0x400 ? bits * 2 ** -24 : (0x400 + (bits % 0x400)) * 2 ** ((bits >> 10) - 25);
const brainOf = (bits: number): number => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number;

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Matrix units round inputs to f16, so that their sums have other bits. */
const ofEqualBits = configurations.filter(({ options }) => options.precision === 'f32' && options.tiling !== 'matrix');

describe.each(ofEqualBits)('$name', ({ options }) => {
  it.each(['f16', 'bf16'] as const)('give the bits of %s weights, wherever these lose nothing', async (format) => {
    const f32 = await openShort(options, format);
    const short = await openShort({ ...options, precision: format }, format);
    for (const opCase of cases) {
      const [expected, actual] = [await resultOf(opCase, f32), await resultOf(opCase, short)];
      expect([opCase.name, bitsOf(actual)]).toEqual([opCase.name, bitsOf(expected)]);
    }
    await f32.dispose();
    await short.dispose();
  });
});

describe('weights on the device', () => {
  it.each([
    ['f16', allFinite(0x7c00, halfOf)],
    ['bf16', allFinite(0x7f80, brainOf)],
  ] as const)('keep every finite value of %s, the smallest too', async (precision, values) => {
    const backend = await openBackend({ precision });
    expect(bitsOf(await embedded(backend, matrix(values, 2)))).toEqual(bitsOf(values));
    await backend.dispose();
  });

  it('are rounded to the nearest f16, ties to even, below 2^-14 too', async () => {
    const backend = await openBackend({ precision: 'f16' });
    const exact = Float32Array.from({ length: 0x7c00 }, (_, bits) => halfOf(bits));
    // Between every f16 and the next one: just below the middle, the middle, and just above it.
    const between = [1023, 1024, 1025].map((part) => {
      const values = Float32Array.from(exact.subarray(1), (next, i) => {
        const low = exact[i] as number;
        return low + ((next - low) * part) / 2048;
      });
      const rounded = exact.subarray(1).map((next, i) => {
        const up = part === 1024 ? i % 2 === 1 : part > 1024;
        return up ? next : (exact[i] as number);
      });
      return { values, rounded };
    });
    for (const { values, rounded } of between) {
      for (const sign of [1, -1]) {
        const signed = values.map((value) => sign * value);
        expect(bitsOf(await embedded(backend, matrix(signed, 1)))).toEqual(
          bitsOf(rounded.map((value) => sign * value)),
        );
      }
    }
    const tiny = Float32Array.of(2 ** -26, -(2 ** -100), 2 ** -149, 0);
    expect(bitsOf(await embedded(backend, matrix(tiny, 2)))).toEqual(bitsOf(Float32Array.of(0, -0, 0, 0)));
    await backend.dispose();
  });

  it('are rounded to the nearest bf16, ties to even', async () => {
    const backend = await openBackend({ precision: 'bf16' });
    const values = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -1 - 3 * 2 ** -9);
    const rounded = Float32Array.of(1, 1 + 2 ** -6, 1 + 2 ** -7, -1 - 2 ** -7);
    expect(await embedded(backend, matrix(values, 2))).toEqual(rounded);
    await backend.dispose();
  });
});
