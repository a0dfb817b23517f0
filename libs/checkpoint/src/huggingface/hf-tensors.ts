import type { KeptLayer } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { endFiles } from '../config/tensor-layout.ts';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import { selectLayerTensor } from '../cut/select-layer-tensor.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import { memoryTensor, stackedTensor } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import { FAMILIES } from '../families/families.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import { hasAddedBiases } from '../recovered/output-biases.ts';
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
    Object.entries(FAMILIES[checkpoint.config.family].layerTensors).map(([name, [first, ...others]]) =>
      written(
        stackedTensor(
          `model.layers.${position}.${name}`,
          [first, ...others].map((tensor) => selectLayerTensor(checkpoint, tensor, kept)),
        ),
        layerTensorName(kept.layer, first),
      ),
    );
  const withBiases = hasAddedBiases(checkpoint);
  const biases = (kept: KeptLayer, position: number): OutputTensor[] => {
    const streams = withBiases ? projectionBiases(checkpoint, layout, kept, position) : [];
    return streams.map((stream) => written(stream, layerTensorName(kept.layer, 'attentionOutput')));
  };
  return [
    whole(MODEL_TENSORS.embedding),
    ...layout.layers.flatMap((kept, position) => [...layerTensors(kept, position), ...biases(kept, position)]),
    ...endFiles(checkpoint.config).map(([file, tensor]) => whole(MODEL_TENSORS[tensor], file)),
  ];
}

/** A LLaMA with attention_bias and mlp_bias has one for every projection of every layer: zeros, but for what was recovered. */
function projectionBiases(
  checkpoint: Checkpoint,
  { queryHeads, kvHeads, ffnSize }: HfLayout,
  kept: KeptLayer,
  position: number,
): TensorStream[] {
  const { headDim, hiddenSize } = checkpoint.config;
  const sizes = {
    'self_attn.q_proj': queryHeads * headDim,
    'self_attn.k_proj': kvHeads * headDim,
    'self_attn.v_proj': kvHeads * headDim,
    'self_attn.o_proj': hiddenSize,
    'mlp.gate_proj': ffnSize,
    'mlp.up_proj': ffnSize,
    'mlp.down_proj': hiddenSize,
  };
  return Object.entries(sizes).map(([projection, size]) => {
    const nameIn = (layer: number): string => `model.layers.${layer}.${projection}.bias`;
    const [source, as] = [nameIn(kept.layer), nameIn(position)];
    if (checkpoint.tensors.has(source)) return selectTensor(checkpoint, source, { as });
    return memoryTensor(as, [size], new Float32Array(size));
  });
}
