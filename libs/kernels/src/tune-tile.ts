import { createHash } from 'node:crypto';
import type { GpuDevice } from '@bonsai/gpu';
import type { WeightPrecision } from '@bonsai/ops';
import { DeviceMatrix, DeviceWeight } from './device-storage.ts';
import { tileName, type TileName } from './gemm-tile.ts';
import { chooseTiling } from './choose-tiling.ts';
import { describeKernel, type KernelContext } from './kernel-context.ts';
import { linear, linearKernel } from './linear/linear.ts';
import { packColumns } from './pack-weight/pack-weight.ts';
import type { Tiling } from './tiling.ts';
import { usableTiles } from './usable-tiles.ts';

/** Size of the product that is timed: a projection of a small model, or what a CPU driver does in a moment. */
const SIZE = { gpu: 2048, software: 128 };
/** Products per submission, so that the time of a submission is not what is measured. */
const PRODUCTS = 4;
const RUNS = 3;

export interface TuningSubject {
  /** Names device, driver, number format and the text of all kernels: what was found for one key holds for no other. */
  readonly key: string;
  /** Times every tile once. Undefined where there is nothing to choose from. */
  tune(): Promise<TileName | undefined>;
}

/** What there is to find out about a device and a number format */
export async function tuningSubject(
  device: GpuDevice,
  precision: WeightPrecision,
  tiling?: Tiling,
): Promise<TuningSubject> {
  const contexts = candidates(device, precision, tiling ?? (await chooseTiling(device)));
  const digest = createHash('sha256');
  for (const context of contexts) digest.update(JSON.stringify(describeKernel(linearKernel(context))));
  const { vendor, architecture, device: name, description, backend } = device.info;
  return {
    key: JSON.stringify({ vendor, architecture, name, description, backend, precision, kernels: digest.digest('hex') }),
    tune: async () => (contexts.length < 2 ? undefined : fastest(contexts)),
  };
}

function candidates(device: GpuDevice, precision: WeightPrecision, tiling: Tiling): KernelContext[] {
  const bindingBytes = device.limit('maxStorageBufferBindingSize');
  return usableTiles(device, tiling, precision).map((tile) => ({
    device,
    precision,
    tiling,
    tile,
    headTile: tile,
    bindingBytes,
  }));
}

async function fastest(contexts: readonly KernelContext[]): Promise<TileName | undefined> {
  let best: { name: TileName; seconds: number } | undefined;
  for (const context of contexts) {
    const seconds = await timeTile(context);
    if (best === undefined || seconds < best.seconds) best = { name: tileName(context.tile), seconds };
  }
  return best?.name;
}

async function timeTile(context: KernelContext): Promise<number> {
  const { device } = context;
  const size = device.info.software ? SIZE.software : SIZE.gpu;
  const matrix = (): DeviceMatrix => {
    const buffer = device.allocate(DeviceMatrix.byteLength(size, size), { label: 'trial', pooled: true });
    device.clear(buffer);
    return new DeviceMatrix(size, size, buffer);
  };
  const weight = new DeviceWeight(size, size, await packColumns(context, zeros(size)));
  const x = matrix();
  const out = matrix();
  const products = Array.from({ length: PRODUCTS }, () => linear(context, out, x, weight)).flat();
  await device.run(products);
  let seconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const before = performance.now();
    await device.run(products);
    seconds = Math.min(seconds, (performance.now() - before) / 1e3);
  }
  for (const held of [weight, x, out]) held.release();
  return seconds;
}

function zeros(size: number): Parameters<typeof packColumns>[1] {
  async function* values(): AsyncGenerator<Float32Array, void, undefined> {
    for (let column = 0; column < size; column++) yield new Float32Array(size);
  }
  return { inputs: size, columns: size, values: values() };
}
