import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL_TENSORS, layerTensorName } from '@bonsai/checkpoint';
import { UnitTable, withQueryHeads } from '@bonsai/pruning';
import { normal, seededRandom } from '@bonsai/support';

export interface CheckpointSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffn: number;
  readonly vocab: number;
  readonly context: number;
}

/** All different, with grouped queries and counts of units that do not fill their last byte. */
export const TINY: CheckpointSizes = {
  layers: 2,
  hidden: 12,
  queryHeads: 6,
  kvHeads: 3,
  headDim: 4,
  ffn: 21,
  vocab: 37,
  context: 16,
};

export function unitTable({ layers, hidden, queryHeads, kvHeads, headDim, ffn }: CheckpointSizes): UnitTable {
  const shape = {
    hiddenSize: hidden,
    headDim,
    queryHeadsPerGroup: queryHeads / kvHeads,
    layers: Array.from({ length: layers }, () => ({ kvGroups: kvHeads, ffnNeurons: ffn })),
  };
  return new UnitTable(withQueryHeads(shape));
}

/** Writes a LLaMA checkpoint of random weights, a few kB, as a Hugging Face directory. */
export function writeTinyCheckpoint(directory: string, seed: number, sizes = TINY): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config(sizes)));
  writeFileSync(join(directory, 'model.safetensors'), safetensors(seed, sizes));
}

function config(sizes: CheckpointSizes): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: sizes.hidden,
    intermediate_size: sizes.ffn,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.queryHeads,
    num_key_value_heads: sizes.kvHeads,
    head_dim: sizes.headDim,
    vocab_size: sizes.vocab,
    max_position_embeddings: sizes.context,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    hidden_act: 'silu',
    tie_word_embeddings: false,
  };
}

function shapes(sizes: CheckpointSizes): [string, number[]][] {
  const { hidden, queryHeads, kvHeads, headDim, ffn, vocab } = sizes;
  const layers = Array.from({ length: sizes.layers }, (_, layer): [string, number[]][] => [
    [layerTensorName(layer, 'attentionNorm'), [hidden]],
    [layerTensorName(layer, 'query'), [queryHeads * headDim, hidden]],
    [layerTensorName(layer, 'key'), [kvHeads * headDim, hidden]],
    [layerTensorName(layer, 'value'), [kvHeads * headDim, hidden]],
    [layerTensorName(layer, 'attentionOutput'), [hidden, queryHeads * headDim]],
    [layerTensorName(layer, 'ffnNorm'), [hidden]],
    [layerTensorName(layer, 'gate'), [ffn, hidden]],
    [layerTensorName(layer, 'up'), [ffn, hidden]],
    [layerTensorName(layer, 'down'), [hidden, ffn]],
  ]);
  return [
    [MODEL_TENSORS.embedding, [vocab, hidden]],
    ...layers.flat(),
    [MODEL_TENSORS.finalNorm, [hidden]],
    [MODEL_TENSORS.head, [vocab, hidden]],
  ];
}

/** The safetensors format: length of the header, header in JSON, values. */
function safetensors(seed: number, sizes: CheckpointSizes): Buffer {
  const random = seededRandom(seed);
  const header: Record<string, object> = {};
  const values: number[] = [];
  for (const [name, shape] of shapes(sizes)) {
    const start = 4 * values.length;
    const count = shape.reduce((product, size) => product * size, 1);
    for (let i = 0; i < count; i++) values.push(shape.length === 1 ? 1 + 0.3 * normal(random) : 0.5 * normal(random));
    header[name] = { dtype: 'F32', shape, data_offsets: [start, 4 * values.length] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(Float32Array.from(values).buffer)]);
}
