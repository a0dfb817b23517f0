import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint, type Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, type TransformerModel } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { SOTU_DIRECTORY } from '../golden/model-directories.ts';

const MIB = 2 ** 20;
const SETTLING_BATCHES = 20;
const BATCHES = 200;
/** A leak of one activation per batch would be tens of MiB; what the heap of JavaScript does between collections is less. */
const RESIDENT_BOUND = 96 * MIB;

let backend: Backend;
let checkpoint: Checkpoint;
let model: TransformerModel;

beforeAll(async () => {
  backend = await createGpuBackend(await openDevice(), { precision: 'f32' });
  checkpoint = await openCheckpoint(SOTU_DIRECTORY);
  model = await loadModel(backend, checkpoint, emptySet(new UnitTable(modelShape(checkpoint.config))));
});

afterAll(async () => {
  model.release();
  await checkpoint.close();
  await backend.dispose();
});

async function runBatches(count: number): Promise<void> {
  for (let batch = 0; batch < count; batch++) {
    const window = Uint32Array.from({ length: 8 }, (_, i) => 1 + ((batch + i) % 100));
    for await (const { windows } of model.evaluate([window], [emptySet(model.units)])) expect(windows).toHaveLength(1);
  }
}

it('many batches leave memory as few do', async () => {
  await runBatches(SETTLING_BATCHES);
  const { used, peak } = backend.memory;
  const resident = process.memoryUsage.rss();
  await runBatches(BATCHES);
  expect([backend.memory.used, backend.memory.peak]).toEqual([used, peak]);
  expect(process.memoryUsage.rss() - resident).toBeLessThan(RESIDENT_BOUND);
});
