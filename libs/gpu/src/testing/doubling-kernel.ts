import { readFileSync } from 'node:fs';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Dispatch } from '../gpu-device.ts';
import type { KernelDescription } from '../kernel-cache.ts';

export const DOUBLING_CODE = readFileSync(new URL('doubling.wgsl', import.meta.url), 'utf8');

export function doublingKernel(code = DOUBLING_CODE): KernelDescription {
  return { label: 'doubling', code, bindings: ['read', 'write'], immediateBytes: 0, constants: {} };
}

/** out[i] = 2 x[i] for 64 values. */
export function doubling(x: GpuBuffer, out: GpuBuffer, code = DOUBLING_CODE): Dispatch {
  const describe = () => doublingKernel(code);
  return { key: code, describe, buffers: [x, out], immediates: new ArrayBuffer(0), grid: [1, 1, 1] };
}
