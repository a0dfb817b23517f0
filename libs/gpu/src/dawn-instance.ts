import { create } from 'webgpu';

/** `null` computes nothing and offers every feature: it validates kernels that no driver at hand can run. */
export type DawnBackend = 'vulkan' | 'null';

export interface DawnOptions {
  readonly backend: DawnBackend;
  /** Part of the name of the adapter as its driver reports it; unset takes the first one. */
  readonly adapter?: string | undefined;
}

/**
 * `vulkan_enable_f16_on_nvidia`: Dawn hides shader-f16 on NVIDIA behind it. `allow_unsafe_apis` unlocks experimental
 * features.
 */
const FEATURES = 'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia';

function dawnFlags({ backend, adapter }: DawnOptions): string[] {
  const flags = [`backend=${backend}`, FEATURES];
  if (adapter !== undefined) flags.push(`adapter=${adapter}`);
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
