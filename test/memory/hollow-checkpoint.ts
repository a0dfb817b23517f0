import { mkdirSync, openSync, closeSync, ftruncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL_TENSORS, layerTensorName } from '@bonsai/checkpoint';

const HIDDEN = 2048;
const FFN = 8192;
const HEADS = 16;
const KV_HEADS = 4;
const HEAD_DIM = HIDDEN / HEADS;

export const VOCABULARY = 48_000;

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: HIDDEN,
  intermediate_size: FFN,
  num_hidden_layers: 1,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  vocab_size: VOCABULARY,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  hidden_act: 'silu',
  tie_word_embeddings: true,
};

const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  [MODEL_TENSORS.embedding, [VOCABULARY, HIDDEN]],
  [layerTensorName(0, 'attentionNorm'), [HIDDEN]],
  [layerTensorName(0, 'query'), [HIDDEN, HIDDEN]],
  [layerTensorName(0, 'key'), [KV_HEADS * HEAD_DIM, HIDDEN]],
  [layerTensorName(0, 'value'), [KV_HEADS * HEAD_DIM, HIDDEN]],
  [layerTensorName(0, 'attentionOutput'), [HIDDEN, HIDDEN]],
  [layerTensorName(0, 'ffnNorm'), [HIDDEN]],
  [layerTensorName(0, 'gate'), [FFN, HIDDEN]],
  [layerTensorName(0, 'up'), [FFN, HIDDEN]],
  [layerTensorName(0, 'down'), [HIDDEN, FFN]],
  [MODEL_TENSORS.finalNorm, [HIDDEN]],
];

/**
 * Writes a one-layer LLaMA checkpoint whose weights are all zero, in a file with a hole instead of them: hundreds of MiB
 * that cost no disk and no time. Every token is equally likely to such a model.
 * @returns bytes of the weights
 */
export function writeHollowCheckpoint(directory: string): number {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(CONFIG));
  const header: Record<string, object> = {};
  let bytes = 0;
  for (const [name, shape] of SHAPES) {
    const end = bytes + 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'BF16', shape, data_offsets: [bytes, end] };
    bytes = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(join(directory, 'model.safetensors'), 'w');
  writeSync(file, Buffer.concat([length, json]));
  ftruncateSync(file, length.length + json.length + bytes);
  closeSync(file);
  return bytes;
}
