import type { ModelConfig } from './model-config.ts';

export type TensorDtype = 'F32' | 'F16' | 'BF16';

/** A tensor as the files hold it: row-major, a linear map as [outputs, inputs]. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

/** A Hugging Face checkpoint directory, opened: sizes are known and checked against the config, no weights are in memory. */
export interface Checkpoint {
  readonly directory: string;
  readonly config: ModelConfig;
  /** Content digest (hex) of config, tensor index and a sample of every tensor's bytes. */
  readonly revision: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What the user should know about how the checkpoint was taken, such as a context capped to a sliding window. */
  readonly notes?: readonly string[];
  /**
   * Values of a tensor, or of some consecutive rows of it (rows of its first dimension), widened to f32.
   * @throws BonsaiError TENSOR_MISSING, CHECKPOINT_CORRUPT, TENSOR_NOT_FINITE
   */
  readFloats(name: string, rows?: { readonly start: number; readonly count: number }): Promise<Float32Array>;
  close(): Promise<void>;
}
