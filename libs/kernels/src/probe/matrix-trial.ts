import type { GpuDevice } from '@bonsai/gpu';
import type { WeightPrecision } from '@bonsai/ops';
import { BonsaiError, integerBelow, seededRandom } from '@bonsai/support';
import { DeviceMatrix, DeviceWeight } from '../device-storage.ts';
import type { GemmTile } from '../gemm-tile.ts';
import { kernelContext, type KernelContext } from '../kernel-context.ts';
import { linear } from '../linear/linear.ts';
import { packColumns } from '../pack-weight/pack-weight.ts';
import { padRows, unpadRows } from '../padded-rows.ts';

/** Odd, and more than one of the largest tiles. */
const ROWS = 131;
const INPUTS = 67;
const OUTPUTS = 133;
/** A row whose inputs are beyond the largest f16, and an output whose weights have one sign: their sum is the largest. */
const LARGE = { row: 5, scale: 3e5, output: 7 };
/** Of sum |x w|: what inputs of 11 bits are off by at most, twice. */
const TOLERANCE = 2 ** -10;

/**
 * What is wrong with a product that a tile for matrix units computes, against the same product in f64; undefined: nothing. Drivers
 * have been seen to get f16 wrong, and a wrong sum is no error to anybody else.
 * @throws BonsaiError DEVICE_LOST
 */
export async function matrixTrial(
  device: GpuDevice,
  precision: WeightPrecision,
  tile: GemmTile,
): Promise<string | undefined> {
  try {
    const { x, w } = operands();
    const context = kernelContext(device, { precision, tiling: 'matrix', tile });
    return firstFault(await productOf(context, x, w), x, w);
  } catch (error) {
    if (!(error instanceof BonsaiError) || error.reason === 'DEVICE_LOST') throw error;
    return error.message;
  }
}

/** Weights of 7 bits, which every format holds. */
function operands(): { x: Float32Array; w: Float32Array } {
  const random = seededRandom(1);
  const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => {
    const value = integerBelow(random, 2001) / 1000 - 1;
    return Math.floor(i / INPUTS) === LARGE.row ? LARGE.scale * Math.abs(value) : value;
  });
  const w = Float32Array.from({ length: OUTPUTS * INPUTS }, (_, i) => {
    const value = (integerBelow(random, 129) - 64) / 64;
    return Math.floor(i / INPUTS) === LARGE.output ? Math.abs(value) : value;
  });
  return { x, w };
}

async function productOf(context: KernelContext, x: Float32Array, w: Float32Array): Promise<Float32Array> {
  const { device } = context;
  const held: { release(): void }[] = [];
  const matrix = (rows: number, cols: number): DeviceMatrix => {
    const buffer = device.allocate(DeviceMatrix.byteLength(rows, cols), { label: 'trial', pooled: true });
    held.push(buffer);
    return new DeviceMatrix(rows, cols, buffer);
  };
  try {
    const segments = await packColumns(context, { inputs: INPUTS, columns: OUTPUTS, values: columns(w) });
    const weight = new DeviceWeight(INPUTS, OUTPUTS, segments);
    held.push(weight);
    const [input, out] = [matrix(ROWS, INPUTS), matrix(ROWS, OUTPUTS)];
    device.write(input.buffer, padRows(x, ROWS, INPUTS));
    await device.run(linear(context, out, input, weight));
    const bytes = await device.read(out.buffer, DeviceMatrix.byteLength(ROWS, OUTPUTS));
    return unpadRows(new Float32Array(bytes), ROWS, OUTPUTS);
  } finally {
    for (const one of held) one.release();
  }
}

async function* columns(w: Float32Array): AsyncGenerator<Float32Array, void, undefined> {
  for (let at = 0; at < w.length; at += INPUTS) yield w.subarray(at, at + INPUTS);
}

function firstFault(product: Float32Array, x: Float32Array, w: Float32Array): string | undefined {
  for (const [i, value] of product.entries()) {
    const [row, output] = [Math.floor(i / OUTPUTS), i % OUTPUTS];
    let [sum, size] = [0, 0];
    for (let k = 0; k < INPUTS; k++) {
      const term = (x[row * INPUTS + k] as number) * (w[output * INPUTS + k] as number);
      sum += term;
      size += Math.abs(term);
    }
    // A NaN is no less than anything.
    if (!(Math.abs(value - sum) <= TOLERANCE * size)) return `row ${row}, output ${output}: ${value}, not ${sum}`;
  }
  return undefined;
}
