import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice, type GpuDevice } from '@bonsai/gpu';
import { ROW_STEP } from '@bonsai/ops';
import type { WeightPrecision } from '@bonsai/ops';
import { ADD_BIAS_KERNEL } from './add-bias/add-bias.ts';
import { ADD_SCALED_KERNEL } from './add-scaled/add-scaled.ts';
import { BIASED_GELU_KERNEL } from './biased-gelu/biased-gelu.ts';
import { attentionKernel } from './attention/attention.ts';
import { COLUMN_SUMS_KERNEL } from './column-sums/column-sums.ts';
import { COPY_BLOCKS_KERNEL } from './copy-blocks/copy-blocks.ts';
import { embedKernel } from './embed/embed.ts';
import { gatedLinearKernel } from './gated-linear/gated-linear.ts';
import { gatedLinearToKeptKernel } from './gated-linear/gated-linear-to-kept.ts';
import { gatheredLogitsKernel } from './gathered-logits/gathered-logits.ts';
import { gemmTiles } from './gemm-tile.ts';
import { gramKernel } from './gram/gram.ts';
import { HEAD_NORM_KERNEL } from './head-norm/head-norm.ts';
import { describeKernel, kernelContext, type KernelContext, type KernelShape } from './kernel-context.ts';
import { linearFromKeptKernel, linearKernel } from './linear/linear.ts';
import { linearToKeptKernel } from './linear/linear-to-kept.ts';
import { MERGE_KERNEL, splitKernel } from './negative-log-likelihood/negative-log-likelihood.ts';
import { packKernel } from './pack-weight/pack-weight.ts';
import type { ParameterFields } from './parameters.ts';
import { LAYER_NORM_KERNEL } from './layer-norm/layer-norm.ts';
import { RMS_NORM_KERNEL } from './rms-norm/rms-norm.ts';
import { ROTARY_KERNEL } from './rotary-embedding/rotary-embedding.ts';
import { ROW_COSINES_KERNEL } from './row-cosines/row-cosines.ts';
import type { Tiling } from './tiling.ts';
import { parametersStruct, storageBindings } from './testing/wgsl-struct.ts';

const TILINGS: readonly Tiling[] = ['subgroup-4', 'subgroup-8', 'workgroup', 'matrix'];
const PRECISIONS: readonly WeightPrecision[] = ['f32', 'f16', 'bf16'];

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
  const tiled = [...plain, ...keeping, gatheredLogitsKernel];
  const fixed = [
    ADD_BIAS_KERNEL,
    ADD_SCALED_KERNEL,
    COPY_BLOCKS_KERNEL,
    MERGE_KERNEL,
    RMS_NORM_KERNEL,
    LAYER_NORM_KERNEL,
    BIASED_GELU_KERNEL,
    HEAD_NORM_KERNEL,
    ROTARY_KERNEL,
    COLUMN_SUMS_KERNEL,
    ROW_COSINES_KERNEL,
  ];
  return [...tiled.map((kernel) => kernel(context)), ...fixed];
}

/** One context per tile that a tiling has. */
function contexts(tiling: Tiling, precision: WeightPrecision, on: GpuDevice): KernelContext[] {
  return gemmTiles(tiling, precision).map((tile) => kernelContext(on, { precision, tiling, tile }));
}

describe.each(TILINGS)('kernels of tiling %s', (tiling) => {
  describe.each(PRECISIONS)('with %s weights', (precision) => {
    const shapes = (): readonly KernelShape<ParameterFields>[] =>
      contexts(tiling, precision, device).flatMap(kernelsOf);

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

  it.each(PRECISIONS)('have the tiles that the host knows, with %s weights', (precision) => {
    for (const context of contexts(tiling, precision, device)) {
      const { code, constants } = describeKernel(linearKernel(context));
      const { rows, columns, invocations, inputs } = context.tile;
      const lanes = Number(/const LANES = (\d+)u;/.exec(code)?.[1]);
      const blocks = Number(/const ROW_BLOCKS = (\d+)u;/.exec(code)?.[1]);
      const ofBlocks = { TILE_ROWS: 16 * blocks, TILE_COLUMNS4: lanes };
      const { TILE_ROWS, TILE_COLUMNS4 } = { ...ofBlocks, ...constants };
      expect([TILE_ROWS, 4 * TILE_COLUMNS4]).toEqual([rows, columns]);
      expect((TILE_ROWS / 16 / blocks) * TILE_COLUMNS4).toBe(invocations);
      expect(code.includes('tileInput: array<f16') ? 'f16' : 'whole').toBe(inputs);
      // A range of rows begins with a tile.
      expect(ROW_STEP % rows).toBe(0);
    }
  });
});

describe('kernel variants', () => {
  it('have different keys when their code differs', () => {
    const codes = new Map<string, string>();
    for (const tiling of TILINGS) {
      for (const precision of PRECISIONS) {
        for (const shape of contexts(tiling, precision, device).flatMap(kernelsOf)) {
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

/** Declares the size of subgroups, which the null device does not fix and matrix units ask for. */
function ofSubgroups(lanes: number, code: string): string {
  return `enable subgroups;\nenable subgroup_size_control;\n${code}`.replace(
    '@compute',
    `@compute @subgroup_size(${lanes})`,
  );
}

describe('kernels on a device that offers everything and computes nothing', () => {
  let everything: GpuDevice;

  beforeAll(async () => {
    everything = await openDevice({ backend: 'null' });
  });

  afterAll(async () => {
    await everything.dispose();
  });

  it.each(TILINGS)('of tiling %s are valid', async (tiling) => {
    const memory = everything.limit('maxComputeWorkgroupStorageSize');
    const all = PRECISIONS.flatMap((precision) => contexts(tiling, precision, everything))
      .filter(({ tile }) => tile.workgroupBytes <= memory)
      .flatMap(kernelsOf);
    for (const shape of all) {
      const description = describeKernel(shape);
      const code = tiling === 'matrix' ? ofSubgroups(32, description.code) : description.code;
      await everything.prepare(JSON.stringify(shape.variant), () => ({ ...description, code }));
    }
    expect(all.length).toBeGreaterThan(PRECISIONS.length);
  });
});
