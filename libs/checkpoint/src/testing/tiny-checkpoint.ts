import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normal, seededRandom } from '@bonsai/support';
import type { TensorDtype } from '../checkpoint.ts';
import { readConfig } from '../config/read-config.ts';
import { fileTensors } from '../config/tensor-layout.ts';
import { elementCount, memoryTensor } from '../cut/tensor-stream.ts';
import { writeShards } from '../huggingface/write-shards.ts';
import type { ModelConfig } from '../model-config.ts';

export const TINY_CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 16,
  intermediate_size: 10,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  vocab_size: 300,
  max_position_embeddings: 32,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: [2, 0],
  torch_dtype: 'float32',
};

const configFile = (changes: TinyOptions['config']): Buffer =>
  Buffer.from(JSON.stringify({ ...TINY_CONFIG, ...changes }));

/** What is read of {@link TINY_CONFIG} with some keys replaced. */
export function tinyConfig(changes: TinyOptions['config'] = {}): ModelConfig {
  return readConfig(configFile(changes)).config;
}

export interface TinyTensor {
  shape: readonly number[];
  dtype: TensorDtype;
  values: Float32Array;
}

export interface TinyOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dtype?: TensorDtype;
  readonly shardBytes?: number;
  readonly seed?: number;
  /** Changes the tensors before they are written. */
  readonly change?: (tensors: Map<string, TinyTensor>) => void;
}

/** Writes a checkpoint of random weights, a few kB large. `config` replaces keys of {@link TINY_CONFIG}. */
export async function writeTinyCheckpoint(directory: string, options: TinyOptions = {}): Promise<void> {
  const { dtype = 'F32', shardBytes = Number.MAX_SAFE_INTEGER, seed = 1 } = options;
  const random = seededRandom(seed);
  const tensors = new Map<string, TinyTensor>();
  for (const { name, shape } of fileTensors(tinyConfig(options.config))) {
    const [mean, deviation] = shape.length === 1 ? [1, 0.3] : [0, 0.5];
    tensors.set(name, {
      shape,
      dtype,
      values: Float32Array.from({ length: elementCount(shape) }, () => mean + deviation * normal(random)),
    });
  }
  options.change?.(tensors);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), configFile(options.config));
  const outputs = [...tensors].map(([name, tensor]) => ({
    dtype: tensor.dtype,
    stream: memoryTensor(name, tensor.shape, tensor.values),
  }));
  await writeShards(directory, outputs, shardBytes);
}
