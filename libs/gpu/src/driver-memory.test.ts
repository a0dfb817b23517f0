import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GpuBuffer } from './gpu-buffer.ts';
import type { GpuDevice } from './gpu-device.ts';
import { openDevice } from './open-device.ts';
import { doubling } from './testing/doubling-kernel.ts';
import { endsOf } from './testing/ends-of.ts';

/** Dawn's null back end has 512 MiB: four buffers of this size fit in, and a fifth is refused as a driver does it. */
const LARGE = 120 * 2 ** 20;
const SMALL = 256;

let device: GpuDevice;

beforeEach(async () => {
  device = await openDevice({ backend: 'null' });
});

afterEach(async () => {
  await device.dispose();
});

const allocate = (bytes: number, pooled = true): GpuBuffer => device.allocate(bytes, { label: 'test buffer', pooled });

const allocateAll = (pooled: boolean): GpuBuffer[] => Array.from({ length: 4 }, () => allocate(LARGE, pooled));

it('a buffer that the driver refuses fails what uses it, and nothing else', async () => {
  const [x, out] = [allocate(SMALL), allocate(SMALL)];
  const given = allocateAll(true);
  const refused = allocate(LARGE);
  device.clear(refused);
  const works = [
    device.run([doubling(x, given[0] as GpuBuffer)]),
    device.run([doubling(x, refused)]),
    device.run([doubling(x, out)]),
    device.run([doubling(refused, out)]),
    device.read(refused, SMALL),
    device.upload(refused, new Uint32Array(64)),
    device.read(out, SMALL),
  ];
  const refusal = 'DEVICE_OUT_OF_MEMORY';
  expect(await endsOf(works)).toEqual(['done', refusal, 'done', refusal, refusal, refusal, 'done']);
});

it('a read for which the driver has no memory says so', async () => {
  allocateAll(true);
  const rest = allocate(30 * 2 ** 20);
  expect(await endsOf([device.read(rest, 4 * 2 ** 20)])).toEqual(['DEVICE_OUT_OF_MEMORY']);
  expect(await endsOf([device.read(rest, SMALL)])).toEqual(['done']);
  await expect(device.read(rest, 4 * 2 ** 20)).rejects.toThrow('set --gpu-memory of the scorer below what is free');
});

describe('once the driver has refused a buffer', () => {
  const usesOf = async (buffers: GpuBuffer[]): Promise<string[]> => {
    const x = allocate(SMALL);
    return endsOf(buffers.map((buffer) => device.run([doubling(x, buffer)])));
  };

  it.each([
    ['after it was used', async (refused: GpuBuffer) => usesOf([refused])],
    ['before anybody knows', async () => Promise.resolve()],
  ])('nobody gets it when it is released %s', async (_, beforeRelease) => {
    const given = allocateAll(false);
    const refused = allocate(LARGE);
    await beforeRelease(refused);
    for (const buffer of [...given, refused]) buffer.release();
    await usesOf([allocate(SMALL)]);
    expect(await usesOf(allocateAll(true))).toEqual(['done', 'done', 'done', 'done']);
  });

  it('the driver has back what waits in the pool', async () => {
    for (const buffer of allocateAll(true)) buffer.release();
    const refused = allocate(LARGE, false);
    expect(await usesOf([refused])).toEqual(['DEVICE_OUT_OF_MEMORY']);
    expect(device.memory.reserved - device.memory.used).toBeLessThan(LARGE);
    expect(await usesOf([allocate(LARGE, false)])).toEqual(['done']);
  });
});

it('reclaim gives back what waits in the pool, also where the driver has nothing left', async () => {
  const given = allocateAll(true);
  allocate(30 * 2 ** 20, false);
  await device.reclaim();
  for (const buffer of given) buffer.release();
  await device.reclaim();
  expect(device.memory.reserved).toBe(device.memory.used);
});
