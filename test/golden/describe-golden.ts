import { describe, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import type { WeightPrecision } from '@bonsai/ops';
import { worstError } from './worst-error.ts';

/** Largest relative error of any window's NLL sum: sums in f32 against f64, and weights rounded to f16. */
const BOUNDS: Readonly<Record<WeightPrecision, number>> = { f32: 1e-4, f16: 5e-3 };

/** Weight precisions that the device of this machine has; fails where there is no device. */
async function precisions(): Promise<WeightPrecision[]> {
  const device = await openDevice();
  const hasF16 = device.hasFeature('shader-f16');
  await device.dispose();
  return hasF16 ? ['f32', 'f16'] : ['f32'];
}

/** Declares the tests that hold the GPU against reference.json of a model: all windows, all masks. */
export async function describeGolden(model: string, directory: string): Promise<void> {
  describe.each(await precisions())(`the GPU on ${model} with %s weights`, (precision) => {
    it('gives the NLL of the PyTorch reference for all windows and masks', async () => {
      const backend = await createGpuBackend(await openDevice(), { precision });
      try {
        expect(await worstError(backend, directory)).toBeLessThanOrEqual(BOUNDS[precision]);
        expect(backend.memory.used).toBe(0);
      } finally {
        await backend.dispose();
      }
    });
  });
}
