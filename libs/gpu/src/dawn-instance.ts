import { create } from 'webgpu';

/** `null` computes nothing and offers every feature: it validates kernels that no driver at hand can run. */
export type DawnBackend = 'vulkan' | 'metal' | 'd3d12' | 'null';

export interface DawnOptions {
  readonly backend: DawnBackend;
  /** Name of the adapter as its driver reports it; unset takes the first one of the wanted power class. */
  readonly adapter?: string | undefined;
  /** Full WebGPU validation and bounds-checked shaders. */
  readonly validation: boolean;
}

/**
 * `vulkan_enable_f16_on_nvidia`: Dawn hides shader-f16 on NVIDIA behind it. `allow_unsafe_apis` unlocks experimental
 * features. The rest trades checks for speed and is only for code that has passed with them.
 */
function dawnFlags(options: DawnOptions): string[] {
  const enabled = ['allow_unsafe_apis', 'vulkan_enable_f16_on_nvidia'];
  if (!options.validation) enabled.push('disable_robustness', 'disable_workgroup_init', 'skip_validation');
  const flags = [`backend=${options.backend}`, `enable-dawn-features=${enabled.join(',')}`];
  if (options.adapter !== undefined) flags.push(`adapter=${options.adapter}`);
  return flags;
}

/** The bindings crash when this object is collected before its devices, so that every one is kept for the process. */
const instances = new Map<string, GPU>();

/** The WebGPU entry point with the given options, one per set of options. */
export function dawnInstance(options: DawnOptions): GPU {
  const flags = dawnFlags(options);
  const key = flags.join(' ');
  let instance = instances.get(key);
  if (instance === undefined) {
    instance = create(flags);
    instances.set(key, instance);
  }
  return instance;
}

/** The graphics API that Dawn speaks on this platform. */
export function platformBackend(platform: NodeJS.Platform = process.platform): DawnBackend {
  if (platform === 'darwin') return 'metal';
  return platform === 'win32' ? 'd3d12' : 'vulkan';
}
