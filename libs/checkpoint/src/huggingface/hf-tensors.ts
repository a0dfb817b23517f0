import type { KeptLayer } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { endFiles, filesOfLayer } from '../config/tensor-layout.ts';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import { selectLayerTensor } from '../cut/select-layer-tensor.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import { memoryTensor, stackedTensor } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import type { BiasFlag } from '../model-config.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import { biasFlagsOf } from '../recovered/output-biases.ts';
import type { HfLayout } from './hf-layout.ts';

/** All tensors of the output, in the order of the model, with the dtypes of the source. */
export function hfTensors(checkpoint: Checkpoint, layout: HfLayout): OutputTensor[] {
  const written = (stream: TensorStream, source: string): OutputTensor => ({
    stream,
    dtype: checkpoint.tensors.get(source)?.dtype ?? 'F32',
  });
  const whole = (source: string, as = source): OutputTensor =>
    written(selectTensor(checkpoint, source, { as }), source);
  const layerTensors = (kept: KeptLayer, position: number): OutputTensor[] =>
    Object.entries(filesOfLayer(checkpoint.config)).map(([name, [first, ...others]]) =>
      written(
        stackedTensor(
          `model.layers.${position}.${name}`,
          [first, ...others].map((tensor) => selectLayerTensor(checkpoint, tensor, kept)),
        ),
        layerTensorName(kept.layer, first),
      ),
    );
  const biases = (kept: KeptLayer, position: number): OutputTensor[] =>
    otherBiases(checkpoint, layout, kept, position).map((stream) =>
      written(stream, layerTensorName(kept.layer, 'attentionOutput')),
    );
  return [
    whole(MODEL_TENSORS.embedding),
    ...layout.layers.flatMap((kept, position) => [...layerTensors(kept, position), ...biases(kept, position)]),
    ...endFiles(checkpoint.config).map(([file, tensor]) => whole(MODEL_TENSORS[tensor], file)),
  ];
}

/**
 * A LLaMA with these flags has a bias for every projection of every layer: zeros, but for what was recovered and what the
 * source has of its own.
 */
function otherBiases(
  checkpoint: Checkpoint,
  { queryHeads, kvHeads, ffnSize }: HfLayout,
  kept: KeptLayer,
  position: number,
): TensorStream[] {
  const { headDim, hiddenSize } = checkpoint.config;
  const sizes: Readonly<Record<BiasFlag, Readonly<Record<string, number>>>> = {
    attention_bias: {
      'self_attn.q_proj.bias': queryHeads * headDim,
      'self_attn.k_proj.bias': kvHeads * headDim,
      'self_attn.v_proj.bias': kvHeads * headDim,
      'self_attn.o_proj.bias': hiddenSize,
    },
    mlp_bias: { 'mlp.gate_proj.bias': ffnSize, 'mlp.up_proj.bias': ffnSize, 'mlp.down_proj.bias': hiddenSize },
  };
  const own = filesOfLayer(checkpoint.config);
  const others = biasFlagsOf(checkpoint).flatMap((flag) =>
    Object.entries(sizes[flag]).filter(([bias]) => !(bias in own)),
  );
  return others.map(([bias, size]) => {
    const nameIn = (layer: number): string => `model.layers.${layer}.${bias}`;
    const [source, as] = [nameIn(kept.layer), nameIn(position)];
    if (checkpoint.tensors.has(source)) return selectTensor(checkpoint, source, { as });
    return memoryTensor(as, [size], new Float32Array(size));
  });
}
