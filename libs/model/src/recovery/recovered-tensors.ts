import { layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { RecoveredTensor } from '@bonsai/checkpoint';
import type { RecoveredModule } from './recovery-request.ts';

/** Recovered modules as the tensors of a file. */
export function recoveredTensors(modules: readonly RecoveredModule[]): RecoveredTensor[] {
  return modules.map(({ module: { layer, kind }, repair }) => {
    const isAttention = kind === 'attention';
    if ('gains' in repair) return vector(MODEL_TENSORS.finalNorm, repair.gains.data);
    if ('bias' in repair) {
      return vector(layerTensorName(layer, isAttention ? 'attentionOutputBias' : 'downBias'), repair.bias.data);
    }
    const { rows, cols, data } = repair.weight;
    return { name: layerTensorName(layer, isAttention ? 'attentionOutput' : 'down'), shape: [rows, cols], data };
  });
}

function vector(name: string, data: Float32Array): RecoveredTensor {
  return { name, shape: [data.length], data };
}
