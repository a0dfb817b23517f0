import type { Backend, WeightPrecision } from '@bonsai/ops';

/** What a device is and can do; names of features and limits as in WebGPU. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly backend: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Invocations of the largest subgroup; 0 without subgroups. */
  readonly subgroupSize: number;
  /** How products of matrices are computed, as `libs/kernels` names it. */
  readonly tiling: string;
  /** True for a driver that computes on the CPU. */
  readonly software: boolean;
}

/** A device that forward passes run on. */
export interface ComputeDevice {
  readonly adapter: AdapterDescription;
  /** Bytes of device memory in use, now and at the most so far, and with what waits to be used again. */
  readonly memory: { readonly used: number; readonly peak: number; readonly reserved: number };
  /** The backend with weights in this precision, always the same one. */
  backend(precision: WeightPrecision): Promise<Backend>;
  /** Gives back what is not in use, and waits until the driver has it. */
  reclaim(): Promise<void>;
  dispose(): Promise<void>;
}
