import type { Dispatch, GpuBuffer, GpuDevice, KernelDescription } from '@bonsai/gpu';
import type { WeightPrecision } from '@bonsai/ops';
import { gemmTiles, type GemmTile } from './gemm-tile.ts';
import { packParameters, parameterBytes, type ParameterFields, type ParameterValues } from './parameters.ts';
import { shaderSource } from './shader-source.ts';
import type { Tiling } from './tiling.ts';

/** What the kernel variants of one backend have in common. */
export interface KernelContext {
  readonly device: GpuDevice;
  readonly precision: WeightPrecision;
  readonly tiling: Tiling;
  /** Of products, and of the product with the head, where the order of sums hangs on the columns of the tile. */
  readonly tile: GemmTile;
  readonly headTile: GemmTile;
  /** Bytes that one binding of a kernel may have. */
  readonly bindingBytes: number;
}

interface KernelChoice extends Pick<KernelContext, 'precision' | 'tiling'> {
  /** Unset: that of the head. */
  readonly tile?: GemmTile | undefined;
}

/** With what the device and the number format leave no choice of. */
export function kernelContext(device: GpuDevice, { precision, tiling, tile }: KernelChoice): KernelContext {
  const [headTile] = gemmTiles(tiling, precision);
  const bindingBytes = Math.min(device.limit('maxStorageBufferBindingSize'), device.limit('maxBufferSize'));
  return { device, precision, tiling, tile: tile ?? headTile, headTile, bindingBytes };
}

/** What names a kernel variant: equal keys mean equal code. */
export interface VariantKey {
  readonly op: string;
  readonly tiling?: Tiling;
  readonly precision?: WeightPrecision;
  readonly constants?: Readonly<Record<string, number>>;
}

export interface KernelShape<Fields extends ParameterFields> {
  readonly variant: VariantKey;
  readonly directives: readonly string[];
  readonly files: readonly string[];
  readonly bindings: KernelDescription['bindings'];
  readonly fields: Fields;
}

export interface DispatchArguments<Fields extends ParameterFields> {
  readonly buffers: readonly GpuBuffer[];
  readonly parameters: ParameterValues<Fields>;
  readonly grid: readonly [number, number, number];
}

const WEIGHT_FILES: Readonly<Record<WeightPrecision, readonly string[]>> = {
  f32: ['include/weight-f32.wgsl'],
  f16: ['include/weight-f16.wgsl', 'include/weight-16-bit.wgsl'],
  bf16: ['include/weight-bf16.wgsl', 'include/weight-16-bit.wgsl'],
};

/** Invocations per workgroup of the kernels that include flat-index.wgsl. */
const FLAT_INVOCATIONS = 64;
/** Workgroups that one dimension of a grid takes. */
export const MAX_GRID = 65535;

/** Grid that covers `elements` invocations of a kernel over a flat range. */
export function flatGrid(elements: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(elements / FLAT_INVOCATIONS));
  const rows = Math.ceil(groups / MAX_GRID);
  return [Math.ceil(groups / rows), rows, 1];
}

/** Shader files on how weights are stored. */
export function weightFiles(precision: WeightPrecision): readonly string[] {
  return WEIGHT_FILES[precision];
}

export function describeKernel<Fields extends ParameterFields>(shape: KernelShape<Fields>): KernelDescription {
  return {
    label: shape.variant.op,
    code: shaderSource(['include/enable-immediates.wgsl', ...shape.directives, ...shape.files]),
    bindings: shape.bindings,
    immediateBytes: parameterBytes(shape.fields),
    constants: shape.variant.constants ?? {},
  };
}

export function dispatch<Fields extends ParameterFields>(
  shape: KernelShape<Fields>,
  { buffers, parameters, grid }: DispatchArguments<Fields>,
): Dispatch {
  return {
    key: JSON.stringify(shape.variant),
    describe: () => describeKernel(shape),
    buffers,
    immediates: packParameters(shape.fields, parameters),
    grid,
  };
}
