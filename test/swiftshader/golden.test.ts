import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import { describeGolden } from '../golden/describe-golden.ts';

describe('the driver of these tests', () => {
  it('is SwiftShader: subgroups of 4, no 16-bit floats', async () => {
    const device = await openDevice();
    const { device: name, description, subgroupMaxSize } = device.info;
    const halfFloats = device.hasFeature('shader-f16');
    await device.dispose();
    expect(`${name} ${description}`).toContain('SwiftShader');
    expect({ subgroupMaxSize, halfFloats }).toEqual({ subgroupMaxSize: 4, halfFloats: false });
  });
});

/** Beside the repository; the tests fail where it is missing. */
describeGolden('stories260K', fileURLToPath(new URL('../../../shared/models/stories260K', import.meta.url)), 'f32');
