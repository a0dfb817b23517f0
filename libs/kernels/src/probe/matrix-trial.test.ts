import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { gemmTiles } from '../gemm-tile.ts';
import { emulatedTile } from '../testing/emulated-tile.ts';
import { matrixTrial } from './matrix-trial.ts';

const [tile] = gemmTiles('matrix', 'f16');

let device: GpuDevice;

beforeEach(async () => {
  device = await openDevice();
});

afterEach(async () => {
  expect(device.memory.used).toBe(0);
  await device.dispose();
});

describe('the trial of matrix units', () => {
  it.each(['f16', 'bf16'] as const)(
    'finds nothing wrong with products of %s weights that are right',
    async (precision) => {
      expect(await matrixTrial(device, precision, emulatedTile(tile))).toBeUndefined();
    },
  );

  it('refuses sums that overflow', async () => {
    expect(await matrixTrial(device, 'f16', emulatedTile(tile, 'f16-sums'))).toMatch(/^row \d+, output \d+: /);
  });

  it('refuses a kernel that the driver does not take', async () => {
    const broken = { ...emulatedTile(tile), files: ['include/tile-matrix.wgsl'] };
    expect(await matrixTrial(device, 'f16', broken)).toContain('The GPU refused');
  });
});
