import { readFileSync } from 'node:fs';
import type { KernelDescription } from '../kernel-cache.ts';

export const DOUBLING_CODE = readFileSync(new URL('doubling.wgsl', import.meta.url), 'utf8');

export function doublingKernel(code = DOUBLING_CODE): KernelDescription {
  return { label: 'doubling', code, bindings: ['read', 'write'], immediateBytes: 0, constants: {} };
}
