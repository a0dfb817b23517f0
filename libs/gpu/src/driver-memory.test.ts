import { afterEach, beforeEach, expect, it } from '@jest/globals';
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

const allocate = (bytes: number): GpuBuffer => device.allocate(bytes, { label: 'test buffer', pooled: true });

it('a buffer that the driver refuses fails what uses it, and nothing else', async () => {
  const [x, out] = [allocate(SMALL), allocate(SMALL)];
  const given = Array.from({ length: 4 }, () => allocate(LARGE));
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
