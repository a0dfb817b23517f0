import type { Dispatch, GpuDevice } from '@bonsai/gpu';
import { DeviceMatrix, DeviceWeight } from './device-storage.ts';
import { tileName, type TileName } from './gemm-tile.ts';
import type { KernelContext } from './kernel-context.ts';
import { linear } from './linear/linear.ts';
import { packColumns } from './pack-weight/pack-weight.ts';

/** Size of the product that is timed: a projection of a small model, or what a CPU driver does in a moment. Whole tiles of all sizes. */
const SIZE = { gpu: 2048, software: 128 };
/** A run has so many products that it takes at least this long: the end of one is seen some 0.3 ms late. */
const RUN_SECONDS = 0.05;
const MOST_PRODUCTS = 1024;
const RUNS = 3;

/** What one run of a tile computes, and the least seconds that it took so far. */
interface TileTimes {
  readonly name: TileName;
  readonly product: readonly Dispatch[];
  seconds: number;
}

/**
 * The tile with the fastest product. A tile that the driver does not take is left out; undefined: all are.
 * @param contexts of one device and number format, one per tile
 * @throws BonsaiError DEVICE_OUT_OF_MEMORY where not even the operands fit
 */
export async function fastestTile(
  contexts: readonly [KernelContext, ...KernelContext[]],
): Promise<TileName | undefined> {
  const [{ device }] = contexts;
  const operands = await operandsOf(contexts[0]);
  try {
    const tiles: TileTimes[] = [];
    for (const context of contexts) {
      const product = linear(context, operands.out, operands.x, operands.weight);
      if (await runs(device, product)) tiles.push({ name: tileName(context.tile), product, seconds: Infinity });
    }
    await timeInTurns(device, tiles);
    return tiles.reduce<TileTimes | undefined>(
      (best, tile) => (tile.seconds < (best?.seconds ?? Infinity) ? tile : best),
      undefined,
    )?.name;
  } finally {
    operands.release();
  }
}

async function runs(device: GpuDevice, product: readonly Dispatch[]): Promise<boolean> {
  return device.run(product).then(
    () => true,
    () => false,
  );
}

/** In turns, because clocks rise with the work and fall with the heat of it. */
async function timeInTurns(device: GpuDevice, tiles: readonly TileTimes[]): Promise<void> {
  const [first] = tiles;
  if (first === undefined) return;
  let products = 1;
  while (products < MOST_PRODUCTS && (await secondsOf(device, first, products)) < RUN_SECONDS) products *= 2;
  for (let run = 0; run < RUNS; run++) {
    for (const tile of tiles) tile.seconds = Math.min(tile.seconds, await secondsOf(device, tile, products));
  }
}

async function secondsOf(device: GpuDevice, { product }: TileTimes, times: number): Promise<number> {
  const run = Array.from({ length: times }, () => product).flat();
  const before = performance.now();
  await device.run(run);
  return (performance.now() - before) / 1e3;
}

interface Operands {
  readonly x: DeviceMatrix;
  readonly weight: DeviceWeight;
  readonly out: DeviceMatrix;
  release(): void;
}

async function operandsOf(context: KernelContext): Promise<Operands> {
  const { device } = context;
  const size = device.info.software ? SIZE.software : SIZE.gpu;
  const weight = new DeviceWeight(size, size, await packColumns(context, zeros(size)));
  const held: { release(): void }[] = [weight];
  const release = (): void => {
    for (const one of held) one.release();
  };
  const matrix = (): DeviceMatrix => {
    const buffer = device.allocate(DeviceMatrix.byteLength(size, size), { label: 'trial', pooled: true });
    held.push(buffer);
    device.clear(buffer);
    return new DeviceMatrix(size, size, buffer);
  };
  try {
    return { x: matrix(), out: matrix(), weight, release };
  } catch (error) {
    release();
    throw error;
  }
}

function zeros(size: number): Parameters<typeof packColumns>[1] {
  async function* values(): AsyncGenerator<Float32Array, void, undefined> {
    for (let column = 0; column < size; column++) yield new Float32Array(size);
  }
  return { inputs: size, columns: size, values: values() };
}
