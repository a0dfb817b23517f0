import type { Checkpoint, TensorDtype } from '../checkpoint.ts';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import type { LayerCut } from '../cut/layer-cut.ts';
import { selectLayerTensor } from '../cut/select-layer-tensor.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import { stackedTensor } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import { FAMILIES } from '../families/families.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import type { HfLayout } from './hf-layout.ts';

/** All tensors of the output, in the order of the model; each keeps its dtype unless one is given. */
export function hfTensors(checkpoint: Checkpoint, layout: HfLayout, dtype: TensorDtype | undefined): OutputTensor[] {
  const written = (stream: TensorStream, source: string): OutputTensor => ({
    stream,
    dtype: dtype ?? checkpoint.tensors.get(source)?.dtype ?? 'F32',
  });
  const whole = (name: string): OutputTensor => written(selectTensor(checkpoint, name), name);
  const layerTensors = (cut: LayerCut, position: number): OutputTensor[] =>
    Object.entries(FAMILIES[checkpoint.config.family].layerTensors).map(([name, [first, ...others]]) =>
      written(
        stackedTensor(
          `model.layers.${position}.${name}`,
          [first, ...others].map((tensor) => selectLayerTensor(checkpoint, tensor, cut)),
        ),
        layerTensorName(cut.layer, first),
      ),
    );
  return [
    whole(MODEL_TENSORS.embedding),
    ...layout.layers.flatMap(layerTensors),
    whole(MODEL_TENSORS.finalNorm),
    ...(checkpoint.config.tiedHead ? [] : [whole(MODEL_TENSORS.head)]),
  ];
}
