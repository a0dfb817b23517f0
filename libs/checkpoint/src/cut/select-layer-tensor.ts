import type { Checkpoint } from '../checkpoint.ts';
import { LAYER_TENSORS, layerTensorName } from '../config/tensor-names.ts';
import type { Axis, LayerTensor } from '../config/tensor-names.ts';
import { headRows } from './head-rows.ts';
import type { LayerCut } from './layer-cut.ts';
import { selectTensor } from './select-tensor.ts';
import type { TensorStream } from './tensor-stream.ts';

/**
 * What a cut leaves of a tensor.
 * @param rotatedRows rows of the given query or key heads, in the order in which the reader rotates their elements
 */
export function selectLayerTensor(
  checkpoint: Checkpoint,
  tensor: LayerTensor,
  cut: LayerCut,
  rotatedRows: typeof headRows = headRows,
): TensorStream {
  const { headDim } = checkpoint.config;
  const indicesOf = (axis: Axis | undefined): readonly number[] | undefined => {
    switch (axis) {
      case 'query':
        return rotatedRows(cut.queryHeads, headDim);
      case 'key':
        return rotatedRows(cut.kvGroups, headDim);
      case 'value':
        return headRows(cut.kvGroups, headDim);
      case 'head':
        return headRows(cut.queryHeads, headDim);
      case 'neuron':
        return cut.neurons;
      case 'hidden':
      case 'headElement':
      case undefined:
        return undefined;
    }
  };
  const [rowAxis, columnAxis] = LAYER_TENSORS[tensor].axes;
  const selection = { rows: indicesOf(rowAxis), columns: indicesOf(columnAxis) };
  return selectTensor(checkpoint, layerTensorName(cut.layer, tensor), selection);
}
