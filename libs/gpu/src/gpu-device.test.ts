import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GpuBuffer } from './gpu-buffer.ts';
import type { GpuDevice } from './gpu-device.ts';
import { openDevice } from './open-device.ts';
import { doubling, doublingKernel, DOUBLING_CODE } from './testing/doubling-kernel.ts';
import { endsOf } from './testing/ends-of.ts';

const VALUES = Float32Array.from({ length: 64 }, (_, i) => i - 3);

let device: GpuDevice;

beforeEach(async () => {
  device = await openDevice();
});

afterEach(async () => {
  await device.dispose();
});

async function double(code = DOUBLING_CODE): Promise<Float32Array> {
  const x = device.allocate(VALUES.byteLength, { label: 'x', pooled: true });
  const out = device.allocate(VALUES.byteLength, { label: 'out', pooled: true });
  try {
    device.write(x, VALUES);
    await device.run([doubling(x, out, code)]);
    return new Float32Array(await device.read(out, VALUES.byteLength));
  } finally {
    x.release();
    out.release();
  }
}

describe('GpuDevice', () => {
  it('uploads, computes and reads back', async () => {
    expect(await double()).toEqual(VALUES.map((value) => 2 * value));
  });

  it('reports a shader that does not compile, with line and message, and works on', async () => {
    const wrong = DOUBLING_CODE.replace('2.0', 'twice');
    await expect(double(wrong)).rejects.toMatchObject({
      reason: 'DEVICE_VALIDATION',
      message: expect.stringMatching(/doubling does not compile: line \d+: .*twice/),
    });
    expect(await double()).toEqual(VALUES.map((value) => 2 * value));
  });

  it('reports a dispatch that the device refuses', async () => {
    const x = device.allocate(256, { label: 'x', pooled: true });
    const run = device.run([doubling(x, x)]);
    await expect(run).rejects.toMatchObject({ reason: 'DEVICE_VALIDATION', code: 'INTERNAL' });
    x.release();
  });

  describe('of runs side by side', () => {
    let x: GpuBuffer;
    let out: GpuBuffer;

    beforeEach(async () => {
      await device.prepare(DOUBLING_CODE, () => doublingKernel());
      x = device.allocate(VALUES.byteLength, { label: 'x', pooled: true });
      out = device.allocate(VALUES.byteLength, { label: 'out', pooled: true });
      device.write(x, VALUES);
    });

    it('fails the one that the device refuses, whichever ends first', async () => {
      const ends = await endsOf([
        device.run([doubling(x, out)]),
        device.run([doubling(x, x)]),
        device.read(x, VALUES.byteLength),
        device.run([doubling(x, out)]),
      ]);
      expect(ends).toEqual(['done', 'DEVICE_VALIDATION', 'done', 'done']);
    });

    it('fails those that use a buffer to which the device refused to write', async () => {
      const short = device.allocate(VALUES.byteLength / 2, { label: 'short', pooled: false });
      device.write(short, VALUES);
      const ends = await endsOf([
        device.run([doubling(x, out)]),
        device.run([doubling(out, short)]),
        device.run([doubling(x, out)]),
        device.run([doubling(out, short)]),
        device.read(short, 4),
      ]);
      expect(ends).toEqual(['done', 'DEVICE_VALIDATION', 'done', 'DEVICE_VALIDATION', 'DEVICE_VALIDATION']);
    });
  });

  it('uploads more than one piece and reads it back', async () => {
    const values = Float32Array.from({ length: 3 * 2 ** 20 + 5 }, (_, i) => i % 1021);
    const buffer = device.allocate(values.byteLength, { label: 'large', pooled: true });
    device.write(buffer, values);
    const back = new Float32Array(await device.read(buffer, values.byteLength));
    expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(values.buffer))).toBe(0);
    buffer.release();
  });

  it('reads again after a read that the device refused', async () => {
    const [x, destroyed] = [VALUES, VALUES].map((values) => {
      const buffer = device.allocate(values.byteLength, { label: 'buffer', pooled: false });
      device.write(buffer, values);
      return buffer;
    }) as [GpuBuffer, GpuBuffer];
    destroyed.release();
    await expect(device.read(destroyed, VALUES.byteLength)).rejects.toMatchObject({ reason: 'DEVICE_VALIDATION' });
    expect(new Float32Array(await device.read(x, VALUES.byteLength))).toEqual(VALUES);
    x.release();
    expect(device.memory.used).toBe(0);
  });

  it('rejects work on a device that is gone', async () => {
    const gone = await openDevice();
    const buffer = gone.allocate(256, { label: 'buffer', pooled: true });
    await gone.dispose();
    expect(() => gone.clear(buffer)).toThrow(expect.objectContaining({ reason: 'DEVICE_LOST' }));
    await expect(gone.run([])).rejects.toMatchObject({ reason: 'DEVICE_LOST', code: 'UNAVAILABLE' });
  });

  it('describes its adapter', () => {
    const { info } = device;
    expect(info.backend).toBe('vulkan');
    expect(info.limits['maxBufferSize']).toBeGreaterThan(0);
    expect(info.features).toContain('core-features-and-limits');
    expect(`${info.vendor}${info.device}${info.description}`).not.toBe('');
  });
});
