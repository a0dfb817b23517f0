import { roomToPass } from './layers-that-stay.ts';
import type { RequestBytes } from './request-bytes.ts';
import type { WeightBytes } from './weight-bytes.ts';

/** A way to have weights on the device: the least that there is of them at once, and what packing them adds to the rest. */
export interface WeightWay {
  readonly weights: number;
  readonly withPacking: (bytes: RequestBytes) => RequestBytes;
}

/** All weights at once, or room to pass through for those of layers. */
export function weightWays({ tables, layers, packing }: WeightBytes): WeightWay[] {
  return [
    {
      weights: layers.reduce((sum, bytes) => sum + bytes, tables),
      // All come before the first activation does.
      withPacking: ({ activations, workspace }) => ({
        activations,
        workspace: Math.max(workspace, packing - activations),
      }),
    },
    {
      weights: tables + roomToPass(layers),
      withPacking: ({ activations, workspace }) => ({ activations, workspace: workspace + packing }),
    },
  ];
}
