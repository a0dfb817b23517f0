import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { DeviceWeight } from '../device-storage.ts';
import { packColumns } from '../pack-weight/pack-weight.ts';
import { gemmTiles } from '../gemm-tile.ts';
import { kernelContext } from '../kernel-context.ts';
import { splitTiles, vocabularySplits } from './vocabulary-splits.ts';

const [TILE] = gemmTiles('workgroup', 'f32');
const SCHEME = { tiling: 'workgroup', headTile: TILE } as const;

let device: GpuDevice;

beforeAll(async () => {
  device = await openDevice();
});

afterAll(async () => {
  await device.dispose();
});

async function head(inputs: number, tokens: number, bindingBytes: number): Promise<DeviceWeight> {
  const context = { ...kernelContext(device, { precision: 'f32', tiling: 'workgroup' }), bindingBytes };
  async function* values(): AsyncGenerator<Float32Array, void, undefined> {
    for (let token = 0; token < tokens; token++) yield new Float32Array(inputs).fill(token);
  }
  const source = { inputs, columns: tokens, values: values() };
  return new DeviceWeight(inputs, tokens, await packColumns(context, source));
}

describe('vocabularySplits', () => {
  it.each([
    [64, 1000, 2 ** 30, 1],
    [64, 1000, 2 ** 16, 4],
    [1024, 33_000, 2 ** 26, 3],
  ])('covers every tile of %i x %i once, with bindings of %i bytes', async (inputs, tokens, bytes, segments) => {
    const weight = await head(inputs, tokens, bytes);
    const splits = vocabularySplits(SCHEME, weight);
    expect(splits).toHaveLength(segments);
    let firstSplit = 0;
    for (const { segment, tiles, tilesPerSplit, splits: count, firstSplit: first } of splits) {
      expect(first).toBe(firstSplit);
      expect(tiles * TILE.columns).toBe(segment.paddedColumns);
      expect(tilesPerSplit * count).toBeGreaterThanOrEqual(tiles);
      expect(tilesPerSplit * (count - 1)).toBeLessThan(tiles);
      firstSplit += count;
    }
    expect(weight.segments.reduce((sum, { columns }) => sum + columns, 0)).toBe(tokens);
    weight.release();
  });

  it('keeps the number of splits bounded', () => {
    const tilesPerSplit = splitTiles(SCHEME, 4096, 10_000_000);
    expect(Math.ceil(10_000_000 / TILE.columns / tilesPerSplit)).toBeLessThanOrEqual(256);
  });
});
