import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { gemmTiles, tileName, type GemmTile } from './gemm-tile.ts';
import { kernelContext, type KernelContext } from './kernel-context.ts';
import { fastestTile } from './time-tiles.ts';

const [small, , , large] = gemmTiles('workgroup', 'f32');

let device: GpuDevice;

beforeEach(async () => {
  device = await openDevice();
});

afterEach(async () => {
  expect(device.memory.used).toBe(0);
  await device.dispose();
});

function contextOf(tile: GemmTile): KernelContext {
  return kernelContext(device, { precision: 'f32', tiling: 'workgroup', tile });
}

/** A tile whose kernel no driver takes. */
function broken(tile: GemmTile | undefined = small): KernelContext {
  return contextOf({ ...tile, files: [] });
}

describe('the fastest tile', () => {
  it.each([0, 1])('is not one that the driver refuses, in place %d', async (place) => {
    const contexts = [broken(large), contextOf(small)] as const;
    const [first, second] = place === 0 ? contexts : [contexts[1], contexts[0]];
    expect(await fastestTile([first, second])).toBe(tileName(small));
  });

  it('is none where the driver refuses all', async () => {
    expect(await fastestTile([broken(small), broken(large)])).toBeUndefined();
  });
});
