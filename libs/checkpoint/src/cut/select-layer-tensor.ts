import type { KeptLayer } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { LAYER_TENSORS, layerTensorName } from '../config/tensor-names.ts';
import type { Axis, LayerTensor } from '../config/tensor-names.ts';
import { headRows } from './head-rows.ts';
import { selectTensor } from './select-tensor.ts';
import type { TensorStream } from './tensor-stream.ts';

/**
 * What is kept of a tensor.
 * @param rotatedRows rows of the given query or key heads, in the order in which the reader rotates their elements
 */
export function selectLayerTensor(
  checkpoint: Checkpoint,
  tensor: LayerTensor,
  kept: KeptLayer,
  rotatedRows: typeof headRows = headRows,
): TensorStream {
  const { headDim } = checkpoint.config;
  const indicesOf = (axis: Axis | undefined): readonly number[] | undefined => {
    switch (axis) {
      case 'query':
        return rotatedRows(kept.queryHeads, headDim);
      case 'key':
        return rotatedRows(kept.kvGroups, headDim);
      case 'value':
        return headRows(kept.kvGroups, headDim);
      case 'head':
        return headRows(kept.queryHeads, headDim);
      case 'neuron':
        return kept.ffnNeurons;
      case 'hidden':
      case 'headElement':
      case undefined:
        return undefined;
    }
  };
  const [rowAxis, columnAxis] = LAYER_TENSORS[tensor].axes;
  const selection = { rows: indicesOf(rowAxis), columns: indicesOf(columnAxis) };
  return selectTensor(checkpoint, layerTensorName(kept.layer, tensor), selection);
}
