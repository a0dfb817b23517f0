import { openDevice } from '@bonsai/gpu';
import type { AdapterInfo } from '@bonsai/gpu';
import { createGpuBackend, tuningSubject } from '@bonsai/kernels';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import type { AdapterDescription, ComputeDevice } from '../session/compute-device.ts';
import { cachedTile, cacheFolder } from './tile-cache.ts';

export interface GpuOptions {
  /** Bytes of device memory that may be in use; undefined: as many as the driver gives. */
  readonly memoryBudget: number | undefined;
}

/** The GPU of this machine, with one backend per precision made when first asked for. @throws BonsaiError ADAPTER_NOT_FOUND */
export async function openGpu({ memoryBudget }: GpuOptions): Promise<ComputeDevice> {
  const device = await openDevice(memoryBudget === undefined ? {} : { memoryBudget });
  const backends = new Map<WeightPrecision, Promise<Backend>>();
  const tuned = async (precision: WeightPrecision): Promise<Backend> => {
    const tile = await cachedTile(await tuningSubject(device, precision), cacheFolder(process.env));
    return createGpuBackend(device, { precision, tile });
  };
  return {
    adapter: describe(device.info),
    memory: device.memory,
    backend(precision) {
      const backend = backends.get(precision) ?? tuned(precision);
      backends.set(precision, backend);
      return backend;
    },
    dispose: () => device.dispose(),
  };
}

function describe(info: AdapterInfo): AdapterDescription {
  const { vendor, architecture, device, description, backend, features, limits } = info;
  return { vendor, architecture, device, description, backend, features, limits, subgroupSize: info.subgroupMaxSize };
}
