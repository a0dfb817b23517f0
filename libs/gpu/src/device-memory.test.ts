import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sizeClass } from './device-memory.ts';
import type { GpuDevice } from './gpu-device.ts';
import { openDevice } from './open-device.ts';

const MIB = 2 ** 20;
const POOLED = { label: 'test buffer', pooled: true };

let device: GpuDevice;

beforeEach(async () => {
  device = await openDevice({ memoryBudget: 4 * MIB });
});

afterEach(async () => {
  await device.dispose();
});

describe('sizeClass', () => {
  it.each([1, 256, 257, 1000, 4096, 4097, 10 ** 6, 2 ** 27, 2 ** 27 + 1])('of %i wastes at most an eighth', (bytes) => {
    const size = sizeClass(bytes);
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(size).toBeLessThanOrEqual(Math.max(256, bytes + Math.max(256, bytes / 8)));
    expect(size % 256).toBe(0);
    expect(sizeClass(size)).toBe(size);
  });
});

describe('device memory', () => {
  it('counts what is held, at present and at most', () => {
    const first = device.allocate(MIB, POOLED);
    const second = device.allocate(2 * MIB, { ...POOLED, pooled: false });
    expect(device.memory).toMatchObject({ used: 3 * MIB, peak: 3 * MIB, reserved: 3 * MIB });
    first.release();
    second.release();
    expect(device.memory).toMatchObject({ used: 0, peak: 3 * MIB, reserved: MIB });
  });

  it('uses released storage again', () => {
    for (let i = 0; i < 100; i++) device.allocate(MIB - i, POOLED).release();
    expect(device.memory.reserved).toBeLessThanOrEqual(MIB);
  });

  it('keeps no more storage than twice what was in use at once, however many sizes come and go', () => {
    const kept = device.allocate(MIB, { ...POOLED, pooled: false });
    for (let size = 16; size <= 256; size += 16) device.allocate(size * 1024, POOLED).release();
    expect(device.memory.reserved - MIB).toBeGreaterThan(256 * 1024);
    expect(device.memory.reserved - MIB).toBeLessThanOrEqual(2 * 256 * 1024);
    kept.release();
  });

  it('gives back first what was released longest ago', () => {
    for (const size of [3, 2, 1]) device.allocate(size * 2 ** 16, POOLED).release();
    const reserved = device.memory.reserved;
    device.allocate(3 * 2 ** 16, POOLED).release();
    expect(device.memory.reserved).toBe(reserved);
    device.allocate(2.5 * 2 ** 16, POOLED).release();
    expect(device.memory.reserved).toBe(5.5 * 2 ** 16);
    device.allocate(3 * 2 ** 16, POOLED).release();
    expect(device.memory.reserved).toBe(5.5 * 2 ** 16);
  });

  it('gives idle storage back before it refuses', () => {
    for (const size of [1, 2, 3]) device.allocate(size * MIB, POOLED).release();
    const last = device.allocate(4 * MIB, POOLED);
    expect(device.memory.reserved).toBe(4 * MIB);
    last.release();
  });

  it('refuses what is over the budget and says how much is asked and held', () => {
    const held = device.allocate(3 * MIB, POOLED);
    expect(() => device.allocate(2 * MIB, { ...POOLED, label: 'matrix [512, 1024]' })).toThrow(
      expect.objectContaining({
        reason: 'DEVICE_OUT_OF_MEMORY',
        code: 'RESOURCE_EXHAUSTED',
        message: expect.stringMatching(
          /^The GPU .* 4194304 bytes, 3145728 are in use and 2097152 more .*matrix.*raise --gpu-memory of the scorer/,
        ),
      }),
    );
    held.release();
  });

  it('refuses a buffer that no kernel could bind', () => {
    const bytes = device.limit('maxStorageBufferBindingSize') + 4;
    expect(() => device.allocate(bytes, POOLED)).toThrow(expect.objectContaining({ reason: 'DEVICE_OUT_OF_MEMORY' }));
  });

  it('frees a buffer when its last owner lets go, and no more often', () => {
    const buffer = device.allocate(MIB, POOLED);
    buffer.retain();
    buffer.release();
    expect(device.memory.used).toBe(MIB);
    buffer.release();
    expect(device.memory.used).toBe(0);
    expect(() => buffer.release()).toThrow(RangeError);
    expect(() => buffer.retain()).toThrow(RangeError);
  });
});
