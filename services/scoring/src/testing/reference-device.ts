import { createReferenceBackend } from '@bonsai/ops/testing';
import type { ComputeDevice } from '../session/compute-device.ts';

/** The CPU in the place of a GPU: real forward passes, in f32 whatever is asked for. */
export function referenceDevice(): ComputeDevice {
  const backend = createReferenceBackend();
  return {
    adapter: {
      vendor: 'bonsai',
      architecture: 'reference',
      device: 'cpu',
      description: 'naive loops',
      backend: 'none',
      features: ['float64'],
      limits: { maxBufferSize: 2 ** 30, maxImmediateSize: 64 },
      subgroupSize: 0,
      tiling: 'none',
      software: true,
    },
    memory: {
      get used() {
        return backend.memory.used;
      },
      get peak() {
        return backend.memory.peak;
      },
      get reserved() {
        return backend.memory.used;
      },
    },
    backend: () => Promise.resolve(backend),
    reclaim: () => Promise.resolve(),
    dispose: () => backend.dispose(),
  };
}
