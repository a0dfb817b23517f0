import { BonsaiError } from '@bonsai/support';
import { describeAdapter } from './adapter-info.ts';
import { dawnInstance, type DawnBackend } from './dawn-instance.ts';
import { deviceValidation } from './device-errors.ts';
import { GpuDevice } from './gpu-device.ts';
import { waitForGpu } from './wait.ts';

/** Which device is opened, and how. */
export interface DeviceOptions {
  /** Part of the adapter's name as its driver reports it; unset takes the first that is not there to save power. */
  readonly adapter?: string;
  /** `vulkan` by default. */
  readonly backend?: DawnBackend;
  /** Bytes of device memory that buffers may take in all; unset means as many as the driver gives. */
  readonly memoryBudget?: number;
}

/** Matrix units, which WebGPU's types do not know yet. */
export const SUBGROUP_MATRIX = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

/**
 * Features that some kernel can use. Kernels for matrix units run where subgroups have one size and need not say it; to validate
 * them where subgroups have several, as on the null back end, takes `subgroup-size-control`.
 */
const USEFUL_FEATURES: readonly GPUFeatureName[] = [
  SUBGROUP_MATRIX,
  'shader-f16',
  'subgroups',
  'subgroup-size-control',
];

/** Requesting the adapter's own values for these lifts the small defaults of WebGPU. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxImmediateSize',
] as const;

function adapterNotFound(details: string, cause?: unknown): BonsaiError {
  return new BonsaiError(
    `No GPU adapter was found (${details}): install your GPU vendor's Vulkan driver, or the software driver from ` +
      'Debian bookworm-backports (apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1), let ' +
      'VK_ICD_FILENAMES name its ICD file (such as /usr/share/vulkan/icd.d/lvp_icd.json) and set XDG_RUNTIME_DIR to a ' +
      'writable folder.',
    { code: 'FAILED_PRECONDITION', reason: 'ADAPTER_NOT_FOUND', cause },
  );
}

/** @param details say which adapters there are */
function noSuchAdapter(name: string, details: string, cause: unknown): BonsaiError {
  return new BonsaiError(`No GPU adapter has '${name}' in its name: ${details}`, {
    code: 'FAILED_PRECONDITION',
    reason: 'ADAPTER_NOT_FOUND',
    field: '--adapter',
    cause,
  });
}

async function requestAdapter(options: DeviceOptions, backend: DawnBackend): Promise<GPUAdapter> {
  const instance = dawnInstance({ backend, adapter: options.adapter });
  const wanted = options.adapter === undefined ? `any ${backend} adapter` : `${backend} adapter '${options.adapter}'`;
  let adapter: GPUAdapter | null;
  try {
    adapter = await waitForGpu(instance.requestAdapter({ powerPreference: 'high-performance' }));
  } catch (cause) {
    const details = cause instanceof Error ? cause.message : String(cause);
    if (options.adapter !== undefined && details.includes('* backend')) {
      throw noSuchAdapter(options.adapter, details, cause);
    }
    throw adapterNotFound(`${wanted}: ${details}`, cause);
  }
  if (adapter === null) throw adapterNotFound(wanted);
  return adapter;
}

/** Opens a GPU, never another one than asked for. @throws BonsaiError ADAPTER_NOT_FOUND, DEVICE_VALIDATION */
export async function openDevice(options: DeviceOptions = {}): Promise<GpuDevice> {
  const backend = options.backend ?? 'vulkan';
  const adapter = await requestAdapter(options, backend);
  const requiredLimits = Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = USEFUL_FEATURES.filter((feature) => adapter.features.has(feature));
  const info = describeAdapter(adapter, backend);
  try {
    const device = await waitForGpu(adapter.requestDevice({ requiredFeatures, requiredLimits }));
    return new GpuDevice(device, info, options.memoryBudget);
  } catch (cause) {
    throw deviceValidation(`the device could not be opened: ${String(cause)}`, cause);
  }
}
