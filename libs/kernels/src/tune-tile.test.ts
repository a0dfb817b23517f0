import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { gemmTiles, tileName } from './gemm-tile.ts';
import { tuningSubject } from './tune-tile.ts';

let device: GpuDevice;

beforeAll(async () => {
  device = await openDevice();
});

afterAll(async () => {
  await device.dispose();
});

describe('tuning', () => {
  it('times the tiles of a tiling and names one of them', async () => {
    const subject = tuningSubject(device, 'f32', 'workgroup');
    const names = gemmTiles('workgroup', 'f32').map(tileName);
    expect(names).toContain(await subject.tune());
    expect(device.memory.used).toBe(0);
  });

  it('has nothing to choose where there is one tile', async () => {
    const subject = tuningSubject(device, 'f32', 'subgroup-8');
    expect(await subject.tune()).toBeUndefined();
  });

  it('goes by device, number format and kernels', () => {
    const key = (...of: ['f32' | 'bf16', 'workgroup' | 'subgroup-8']): string => tuningSubject(device, ...of).key;
    const keys = [key('f32', 'workgroup'), key('bf16', 'workgroup'), key('f32', 'subgroup-8')];
    expect(new Set(keys).size).toBe(keys.length);
    expect(key('f32', 'workgroup')).toBe(keys[0]);
    expect(keys[0]).toContain(device.info.description);
  });
});
