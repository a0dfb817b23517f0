import type { Checkpoint, TensorDtype } from '../checkpoint.ts';
import { layerTensorName, MODEL_TENSORS } from '../config/tensor-names.ts';
import type { LayerTensor } from '../config/tensor-names.ts';
import { selectTensor } from '../cut/select-tensor.ts';
import type { Selection } from '../cut/select-tensor.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import type { HfLayer, HfLayout } from './hf-layout.ts';

/** All tensors of the output, in the order of the model; each keeps its dtype unless one is given. */
export function hfTensors(checkpoint: Checkpoint, layout: HfLayout, dtype: TensorDtype | undefined): OutputTensor[] {
  const take = (source: string, selection: Selection = {}): OutputTensor => ({
    stream: selectTensor(checkpoint, source, selection),
    dtype: dtype ?? checkpoint.tensors.get(source)?.dtype ?? 'F32',
  });
  return [
    take(MODEL_TENSORS.embedding),
    ...layout.layers.flatMap((layer, position) =>
      layerSelections(layer).map(([tensor, selection]) =>
        take(layerTensorName(layer.layer, tensor), { ...selection, as: layerTensorName(position, tensor) }),
      ),
    ),
    take(MODEL_TENSORS.finalNorm),
    ...(checkpoint.config.tiedHead ? [] : [take(MODEL_TENSORS.head)]),
  ];
}

function layerSelections(layer: HfLayer): ReadonlyArray<readonly [LayerTensor, Selection]> {
  return [
    ['attentionNorm', {}],
    ['query', { rows: layer.queryRows }],
    ['key', { rows: layer.keyRows }],
    ['value', { rows: layer.keyRows }],
    ['attentionOutput', { columns: layer.queryRows }],
    ['ffnNorm', {}],
    ['gate', { rows: layer.neurons }],
    ['up', { rows: layer.neurons }],
    ['down', { columns: layer.neurons }],
  ];
}
