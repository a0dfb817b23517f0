import type { ModelShape } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import type { ModelShape as ModelShapeMessage } from '../gen/bonsai/v1/plan.ts';

/** What a model's shape message says beside its prunable units. */
export interface ModelSizes {
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Parameters in no unit. */
  readonly otherParameters: number;
}

export function packModelShape(shape: ModelShape, sizes: ModelSizes): ModelShapeMessage {
  return {
    hiddenSize: shape.hiddenSize,
    headDim: shape.headDim,
    queryHeadsPerKvGroup: shape.queryHeadsPerGroup,
    layers: shape.layers.map(({ kvGroups, ffnNeurons }) => ({ kvGroups, ffnNeurons })),
    kvGroupParameters: shape.unitCosts?.kvGroup ?? 0,
    ffnNeuronParameters: shape.unitCosts?.ffnNeuron ?? 0,
    queryHeadParameters: shape.unitCosts?.queryHead ?? 0,
    ...sizes,
  };
}

/** @throws BonsaiError REQUEST_INVALID if the message is absent */
export function unpackModelShape(message: ModelShapeMessage | undefined, field: string): ModelShape {
  if (message === undefined) throw invalidArgument('REQUEST_INVALID', field, 'Send the shape of the model.');
  const { kvGroupParameters, ffnNeuronParameters, queryHeadParameters } = message;
  const unitCosts = {
    kvGroup: kvGroupParameters,
    ffnNeuron: ffnNeuronParameters,
    ...(queryHeadParameters > 0 ? { queryHead: queryHeadParameters } : {}),
  };
  return {
    ...(kvGroupParameters > 0 && ffnNeuronParameters > 0 ? { unitCosts } : {}),
    hiddenSize: message.hiddenSize,
    headDim: message.headDim,
    queryHeadsPerGroup: message.queryHeadsPerKvGroup,
    layers: message.layers.map(({ kvGroups, ffnNeurons }) => ({ kvGroups, ffnNeurons })),
  };
}
