import { openDevice } from '@bonsai/gpu';
import type { AdapterInfo } from '@bonsai/gpu';
import { chooseTiling, createGpuBackend, tuningSubject } from '@bonsai/kernels';
import type { Tiling } from '@bonsai/kernels';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import type { AdapterDescription, ComputeDevice } from '../session/compute-device.ts';
import { onePerKey } from './one-per-key.ts';
import { cachedTile, cacheFolder } from './tile-cache.ts';

export interface GpuOptions {
  /** Bytes of device memory that may be in use; undefined: as many as the driver gives. */
  readonly memoryBudget: number | undefined;
  /** Part of the name of the GPU to take; unset: any. */
  readonly adapter?: string | undefined;
  /** Whether matrix units may be used where there are any. */
  readonly matrixUnits: boolean;
  /** Told what is wrong with matrix units that are there and are not used. */
  readonly matrixUnitsRefused: (problem: string) => void;
}

const PRECISIONS: readonly WeightPrecision[] = ['f16', 'bf16', 'f32'];

/** The GPU of this machine, with one backend per precision. @throws BonsaiError ADAPTER_NOT_FOUND */
export async function openGpu(options: GpuOptions): Promise<ComputeDevice> {
  const { memoryBudget, adapter, matrixUnits, matrixUnitsRefused: refused } = options;
  const device = await openDevice({
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
    ...(adapter === undefined ? {} : { adapter }),
  });
  const tiling = await chooseTiling(device, { matrixUnits, refused });
  const tuned = async (precision: WeightPrecision): Promise<Backend> => {
    const tile = await cachedTile(tuningSubject(device, precision, tiling), cacheFolder(process.env));
    return createGpuBackend(device, { precision, tiling, tile });
  };
  // What was in the way of one, such as a lack of memory, may be over when somebody asks again.
  const backend = onePerKey(tuned);
  if (!device.info.software) await timeTiles(backend);
  return {
    adapter: describe(device.info, tiling),
    memory: device.memory,
    backend,
    reclaim: () => device.reclaim(),
    dispose: () => device.dispose(),
  };
}

/**
 * While nobody has other work for the device, since what is found out is kept. Drivers in software have one tile, but for those that
 * would compile the others for seconds.
 */
async function timeTiles(backend: ComputeDevice['backend']): Promise<void> {
  for (const precision of PRECISIONS) await backend(precision).catch(() => undefined);
}

function describe(info: AdapterInfo, tiling: Tiling): AdapterDescription {
  const { vendor, architecture, device, description, backend, features, limits, subgroupMaxSize, software } = info;
  const names = { vendor, architecture, device, description, backend };
  return { ...names, features, limits, subgroupSize: subgroupMaxSize, tiling, software };
}
