import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { ADD_BIAS_KERNEL } from './add-bias/add-bias.ts';
import { attentionKernel } from './attention/attention.ts';
import { COLUMN_SUMS_KERNEL } from './column-sums/column-sums.ts';
import { COPY_BLOCKS_KERNEL } from './copy-blocks/copy-blocks.ts';
import { embedKernel } from './embed/embed.ts';
import { gatedLinearKernel } from './gated-linear/gated-linear.ts';
import { gatedLinearToKeptKernel } from './gated-linear/gated-linear-to-kept.ts';
import { gemmTile } from './gemm-tile.ts';
import { gramKernel } from './gram/gram.ts';
import { HEAD_NORM_KERNEL } from './head-norm/head-norm.ts';
import { describeKernel, type KernelContext, type KernelShape, type WeightPrecision } from './kernel-context.ts';
import { linearFromKeptKernel, linearKernel } from './linear/linear.ts';
import { linearToKeptKernel } from './linear/linear-to-kept.ts';
import { MERGE_KERNEL, splitKernel } from './negative-log-likelihood/negative-log-likelihood.ts';
import { packKernel } from './pack-weight/pack-weight.ts';
import type { ParameterFields } from './parameters.ts';
import { RMS_NORM_KERNEL } from './rms-norm/rms-norm.ts';
import { ROTARY_KERNEL } from './rotary-embedding/rotary-embedding.ts';
import { ROW_COSINES_KERNEL } from './row-cosines/row-cosines.ts';
import type { Tiling } from './tiling.ts';
import { parametersStruct, storageBindings } from './testing/wgsl-struct.ts';

const TILINGS: readonly Tiling[] = ['subgroup-4', 'subgroup-8', 'workgroup'];
const PRECISIONS: readonly WeightPrecision[] = ['f32', 'f16'];

let device: GpuDevice;

beforeAll(async () => {
  device = await openDevice();
});

afterAll(async () => {
  await device.dispose();
});

function kernelsOf(context: KernelContext): readonly KernelShape<ParameterFields>[] {
  const keeping = [linearToKeptKernel, linearFromKeptKernel, gatedLinearToKeptKernel];
  const plain = [linearKernel, gatedLinearKernel, splitKernel, attentionKernel, gramKernel, embedKernel, packKernel];
  const tiled = [...plain, ...keeping];
  const fixed = [
    ADD_BIAS_KERNEL,
    COPY_BLOCKS_KERNEL,
    MERGE_KERNEL,
    RMS_NORM_KERNEL,
    HEAD_NORM_KERNEL,
    ROTARY_KERNEL,
    COLUMN_SUMS_KERNEL,
    ROW_COSINES_KERNEL,
  ];
  return [...tiled.map((kernel) => kernel(context)), ...fixed];
}

describe.each(TILINGS)('kernels of tiling %s', (tiling) => {
  describe.each(PRECISIONS)('with %s weights', (precision) => {
    const shapes = (): readonly KernelShape<ParameterFields>[] =>
      kernelsOf({ device, tiling, precision, bindingBytes: 0 });

    it('declare their parameters and bindings like the host', () => {
      for (const shape of shapes()) {
        const { code, bindings } = describeKernel(shape);
        expect([shape.variant.op, parametersStruct(code)]).toEqual([shape.variant.op, Object.entries(shape.fields)]);
        expect([shape.variant.op, storageBindings(code)]).toEqual([shape.variant.op, bindings]);
      }
    });

    it('fit their parameters into the immediate data', () => {
      for (const shape of shapes()) {
        expect(describeKernel(shape).immediateBytes).toBeLessThanOrEqual(device.limit('maxImmediateSize'));
      }
    });
  });

  it.each(PRECISIONS)('have the tile sizes that the host divides by, with %s weights', (precision) => {
    const { code } = describeKernel(linearKernel({ device, tiling, precision, bindingBytes: 0 }));
    const constant = (name: string): number => {
      const value = String(new RegExp(`const ${name} = (\\w+);`).exec(code)?.[1]);
      return value === 'LANES' ? constant('LANES') : Number.parseInt(value);
    };
    const { rows, columns } = gemmTile(tiling, precision);
    const values = constant('INVOCATIONS') * constant('ROW_BLOCKS') * constant('COLUMN_BLOCKS') * 16 * 4;
    expect(values).toBe(rows * columns);
  });
});

describe('kernel variants', () => {
  it('have different keys when their code differs', () => {
    const codes = new Map<string, string>();
    for (const tiling of TILINGS) {
      for (const precision of PRECISIONS) {
        for (const shape of kernelsOf({ device, tiling, precision, bindingBytes: 0 })) {
          const key = JSON.stringify(shape.variant);
          const { code } = describeKernel(shape);
          expect(codes.get(key) ?? code).toBe(code);
          codes.set(key, code);
        }
      }
    }
    expect(codes.size).toBeGreaterThan(TILINGS.length * PRECISIONS.length);
  });
});
