import type { Checkpoint } from '../checkpoint.ts';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import type { LayerTensor } from '../config/tensor-names.ts';
import { headRows } from '../cut/layer-cut.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import type { Selection } from '../cut/select-tensor.ts';
import { constantTensor, memoryTensor } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import type { GgufLayer, GgufLayout } from './gguf-layers.ts';
import { interleavedHeadRows, rotaryDivisors } from './rotary.ts';

/** All tensors of the file. Norms and rotary divisors stay F32, as llama.cpp demands. */
export function ggufTensors(checkpoint: Checkpoint, layout: GgufLayout, precision: 'F32' | 'F16'): OutputTensor[] {
  const streams = [
    selectTensor(checkpoint, MODEL_TENSORS.embedding, { as: 'token_embd.weight' }),
    ...rotaryTensor(checkpoint),
    ...layout.layers.flatMap((layer, block) => [
      ...attentionTensors(checkpoint, layer, block),
      ...ffnTensors(checkpoint, layer, block),
    ]),
    selectTensor(checkpoint, MODEL_TENSORS.finalNorm, { as: 'output_norm.weight' }),
    ...(checkpoint.config.tiedHead ? [] : [selectTensor(checkpoint, MODEL_TENSORS.head, { as: 'output.weight' })]),
  ];
  return streams.map((stream) => ({ stream, dtype: stream.shape.length === 1 ? 'F32' : precision }));
}

function rotaryTensor(checkpoint: Checkpoint): TensorStream[] {
  const divisors = rotaryDivisors(checkpoint.config);
  if (divisors === undefined) return [];
  return [memoryTensor('rope_freqs.weight', [divisors.length], divisors)];
}

function attentionTensors(checkpoint: Checkpoint, layer: GgufLayer, block: number): TensorStream[] {
  if (layer.queryHeads === 0) return [];
  const { headDim, hiddenSize } = checkpoint.config;
  const { kvGroups, queryHeads } = layer.cut;
  const take = taker(checkpoint, layer.cut.layer, block);
  const norm = take('attentionNorm', 'attn_norm');
  if (kvGroups.length === 0) {
    const inputs = ['attn_q', 'attn_k', 'attn_v'].map((name) => zeros(block, name, [headDim, hiddenSize]));
    return [norm, ...inputs, zeros(block, 'attn_output', [hiddenSize, headDim])];
  }
  return [
    norm,
    take('query', 'attn_q', { rows: interleavedHeadRows(queryHeads, headDim) }),
    take('key', 'attn_k', { rows: interleavedHeadRows(kvGroups, headDim) }),
    take('value', 'attn_v', { rows: headRows(kvGroups, headDim) }),
    take('attentionOutput', 'attn_output', { columns: headRows(queryHeads, headDim) }),
  ];
}

function ffnTensors(checkpoint: Checkpoint, { cut, ffnWidth }: GgufLayer, block: number): TensorStream[] {
  const { hiddenSize } = checkpoint.config;
  const take = taker(checkpoint, cut.layer, block);
  const norm = take('ffnNorm', 'ffn_norm');
  if (cut.neurons.length === 0) {
    const inputs = ['ffn_gate', 'ffn_up'].map((name) => zeros(block, name, [ffnWidth, hiddenSize]));
    return [norm, ...inputs, zeros(block, 'ffn_down', [hiddenSize, ffnWidth])];
  }
  return [
    norm,
    take('gate', 'ffn_gate', { rows: cut.neurons }),
    take('up', 'ffn_up', { rows: cut.neurons }),
    take('down', 'ffn_down', { columns: cut.neurons }),
  ];
}

function taker(checkpoint: Checkpoint, layer: number, block: number) {
  return (tensor: LayerTensor, name: string, selection: Selection = {}): TensorStream =>
    selectTensor(checkpoint, layerTensorName(layer, tensor), { ...selection, as: blockTensorName(block, name) });
}

function zeros(block: number, name: string, shape: readonly number[]): TensorStream {
  return constantTensor(blockTensorName(block, name), shape, 0);
}

function blockTensorName(block: number, name: string): string {
  return `blk.${block}.${name}.weight`;
}
