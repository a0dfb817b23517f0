import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import type { Backend } from '@bonsai/ops';
import { createGpuBackend } from './gpu-backend.ts';

/** Dawn's null back end has 512 MiB: four of these fit in, and a fifth is refused as a driver does it. */
const LARGE = { rows: 30 * 2 ** 10, cols: 2 ** 10 };

let backend: Backend;

beforeEach(async () => {
  backend = await createGpuBackend(await openDevice({ backend: 'null' }));
});

afterEach(async () => {
  await backend.dispose();
});

it.each(['packWeight', 'packMatrix'] as const)(
  '%s says that the driver has no memory, and keeps none',
  async (pack) => {
    for (let i = 0; i < 4; i++) backend.matrix(LARGE.rows, LARGE.cols);
    const { used } = backend.memory;
    const values = { ...LARGE, data: new Float32Array(LARGE.rows * LARGE.cols) };
    await expect(backend[pack](values)).rejects.toMatchObject({ reason: 'DEVICE_OUT_OF_MEMORY' });
    expect(backend.memory.used).toBe(used);
  },
);
