export type { AdapterInfo } from './adapter-info.ts';
export { outOfDeviceMemory } from './device-errors.ts';
export type { GpuBuffer } from './gpu-buffer.ts';
export { GpuDevice, TRANSFER_PIECE_BYTES } from './gpu-device.ts';
export type { Dispatch } from './gpu-device.ts';
export type { KernelDescription } from './kernel-cache.ts';
export { openDevice, SUBGROUP_MATRIX } from './open-device.ts';
export type { DeviceOptions } from './open-device.ts';
