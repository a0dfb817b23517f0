import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { GpuDevice } from './gpu-device.ts';
import { openDevice } from './open-device.ts';

/** A software adapter has its memory in this process; elsewhere there is nothing to see, and nothing to fail. */
const residentBytes = (): number => process.memoryUsage.rss();
const LARGE = 100 * 2 ** 20;

let device: GpuDevice;

beforeAll(async () => {
  device = await openDevice();
});

afterAll(async () => {
  await device.dispose();
});

it('the driver has what was released as soon as it is reclaimed', async () => {
  await device.reclaim();
  const before = residentBytes();
  const buffers = Array.from({ length: 4 }, () => device.allocate(LARGE, { label: 'test buffer', pooled: false }));
  for (const buffer of buffers) await device.upload(buffer, new Float32Array(LARGE / 4));
  for (const buffer of buffers) buffer.release();
  await new Promise<void>((resolve) => setImmediate(resolve));
  await device.reclaim();
  expect(residentBytes() - before).toBeLessThan(LARGE);
});
