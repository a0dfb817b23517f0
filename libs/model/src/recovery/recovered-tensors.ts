import { layerTensorName } from '@bonsai/checkpoint';
import type { RecoveredTensor } from '@bonsai/checkpoint';
import type { RecoveredModule } from './recovery-request.ts';

/** Recovered modules as the tensors of a file. */
export function recoveredTensors(modules: readonly RecoveredModule[]): RecoveredTensor[] {
  return modules.map(({ module: { layer, kind }, repair }) => {
    const isAttention = kind === 'kvGroup';
    if ('bias' in repair) {
      const { cols, data } = repair.bias;
      return { name: layerTensorName(layer, isAttention ? 'attentionOutputBias' : 'downBias'), shape: [cols], data };
    }
    const { rows, cols, data } = repair.weight;
    return { name: layerTensorName(layer, isAttention ? 'attentionOutput' : 'down'), shape: [rows, cols], data };
  });
}
