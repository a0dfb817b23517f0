import { describe, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import type { WeightPrecision } from '@bonsai/ops';
import { worstError } from './worst-error.ts';

/** Largest relative error of any window's NLL sum: sums in f32 against f64. */
const SUMS = 1e-4;
/** The same with weights that are rounded from another format; bf16 has three bits less than f16. */
const ROUNDED: Readonly<Record<WeightPrecision, number>> = { f32: SUMS, f16: 5e-3, bf16: 4e-2 };

/**
 * Declares the tests that hold the GPU against reference.json of a model: all windows, all masks.
 * @param stored format of the checkpoint's weights
 */
export function describeGolden(model: string, directory: string, stored: WeightPrecision): void {
  describe.each(['f32', 'f16', 'bf16'] as const)(`the GPU on ${model} with %s weights`, (precision) => {
    it('gives the NLL of the PyTorch reference for all windows and masks', async () => {
      const backend = await createGpuBackend(await openDevice(), { precision });
      try {
        const bound = precision === stored ? SUMS : ROUNDED[precision];
        expect(await worstError(backend, directory)).toBeLessThanOrEqual(bound);
        expect(backend.memory.used).toBe(0);
      } finally {
        await backend.dispose();
      }
    });
  });
}
