import { createReferenceBackend } from '@bonsai/ops';
import { BonsaiError } from '@bonsai/support';
import type { ComputeDevice } from '../session/compute-device.ts';

/** The CPU in the place of a GPU: real forward passes, in f32 only. */
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
    },
    memory: backend.memory,
    backend: (precision) => {
      if (precision !== 'f16') return Promise.resolve(backend);
      const details = { code: 'FAILED_PRECONDITION', reason: 'FEATURE_MISSING', field: 'precision' } as const;
      return Promise.reject(new BonsaiError('The reference computes in f32 only.', details));
    },
    dispose: () => backend.dispose(),
  };
}
