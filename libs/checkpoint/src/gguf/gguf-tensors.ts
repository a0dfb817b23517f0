import type { KeptLayer } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { endFiles, layerTensors } from '../config/tensor-layout.ts';
import { LAYER_TENSORS, MODEL_TENSORS } from '../config/tensor-names.ts';
import type { ModelTensor } from '../config/tensor-names.ts';
import { selectLayerTensor } from '../cut/select-layer-tensor.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import { memoryTensor, stackedTensor } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import { addedBiases } from '../recovered/output-biases.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import type { GgufDialect } from './dialects.ts';
import { MATRIX_DTYPES } from './float-format.ts';
import type { FloatFormat } from './float-format.ts';
import type { GgufLayout } from './gguf-layers.ts';
import { rotaryDivisors } from './rotary.ts';

const MODEL_TENSOR_NAMES: Readonly<Record<ModelTensor, string>> = {
  embedding: 'token_embd.weight',
  finalNorm: 'output_norm.weight',
  finalNormBias: 'output_norm.bias',
  head: 'output.weight',
  headBias: 'output.bias',
};

/** All tensors of the file. Norms, biases and rotary divisors stay F32, as llama.cpp demands. */
export function ggufTensors(checkpoint: Checkpoint, layout: GgufLayout, floats: FloatFormat): OutputTensor[] {
  const streams = [
    selectTensor(checkpoint, MODEL_TENSORS.embedding, { as: MODEL_TENSOR_NAMES.embedding }),
    ...rotaryTensor(checkpoint),
    ...layout.layers.flatMap((kept, block) => blockTensors(checkpoint, layout.dialect, kept, block)),
    ...endFiles(checkpoint.config).map(([, tensor]) =>
      selectTensor(checkpoint, MODEL_TENSORS[tensor], { as: MODEL_TENSOR_NAMES[tensor] }),
    ),
  ];
  return streams.map((stream) => ({ stream, dtype: stream.shape.length === 1 ? 'F32' : MATRIX_DTYPES[floats] }));
}

function rotaryTensor(checkpoint: Checkpoint): TensorStream[] {
  const divisors = rotaryDivisors(checkpoint.config);
  if (divisors === undefined) return [];
  return [memoryTensor('rope_freqs.weight', [divisors.length], divisors)];
}

function blockTensors(checkpoint: Checkpoint, dialect: GgufDialect, kept: KeptLayer, block: number): TensorStream[] {
  const present = new Set([...layerTensors(checkpoint.config), ...addedBiases(checkpoint, kept.layer)]);
  if (kept.queryHeads.length === 0) {
    for (const tensor of present) if (LAYER_TENSORS[tensor].block === 'attention') present.delete(tensor);
  }
  return Object.entries(dialect.layerTensors)
    .filter(([, tensors]) => tensors.every((tensor) => present.has(tensor)))
    .map(([name, tensors]) =>
      stackedTensor(
        `blk.${block}.${name}`,
        tensors.map((tensor) => selectLayerTensor(checkpoint, tensor, kept, dialect.rotatedRows)),
      ),
    );
}
