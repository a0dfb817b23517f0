import { unitCosts, type ModelShape } from '../units/model-shape.ts';
import { measuredCosts } from './measured-costs.ts';
import type { ResourceCosts, Target } from '../contract/target.ts';

/** What costs follow from beside the shape. */
export interface ModelFacts {
  readonly vocabSize: number;
  /** Parameters in no unit. */
  readonly otherParameters: number;
  /** Bytes of the file that the target names, if it names one. */
  readonly exportCosts?: ResourceCosts | undefined;
}

/**
 * What a target limits, of a model: counted, or with `latency` as it was measured.
 * @throws BonsaiError SETTING_INVALID for costs that nothing can have
 */
export function resourceCosts(target: Target, shape: ModelShape, facts: ModelFacts): ResourceCosts {
  switch (target.resource) {
    case 'parameters': {
      return { ...unitCosts(shape), other: facts.otherParameters };
    }
    case 'flops':
      return flopCosts(shape, facts.vocabSize, target.contextLength ?? 1);
    case 'bytes':
      if (facts.exportCosts === undefined) throw new RangeError('a size in bytes is that of a file');
      return facts.exportCosts;
    case 'latency':
      return measuredCosts(target.costs, shape);
  }
}

/**
 * Floating-point operations of the forward pass of one token that attends to `context` tokens, itself among them: a
 * multiplication and an addition for every weight of the unit's matrices and of the LM head; and for every query head, as many
 * for a dot product with each key and for the sum of all values. Norms, softmax and activations are not counted.
 */
function flopCosts(shape: ModelShape, vocabSize: number, context: number): ResourceCosts {
  const { kvGroup, ffnNeuron, queryHead } = unitCosts(shape);
  const attending = 4 * shape.headDim * context;
  return {
    kvGroup: 2 * kvGroup + shape.queryHeadsPerGroup * attending,
    queryHead: 2 * queryHead + attending,
    ffnNeuron: 2 * ffnNeuron,
    other: 2 * shape.hiddenSize * vocabSize,
  };
}
