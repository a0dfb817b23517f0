/** The sizes of a transformer that its prunable units follow from. Counts are of the original, unpruned model. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly headDim: number;
  /** Query heads that share one key/value head; 1 for multi-head attention. */
  readonly queryHeadsPerGroup: number;
  readonly layers: readonly LayerShape[];
  /** As in a LLaMA if absent: four projections of a head, three of a neuron, no biases. */
  readonly unitCosts?: UnitCosts;
}

/** Parameters that leave the model with one unit. */
export interface UnitCosts {
  readonly kvGroup: number;
  readonly ffnNeuron: number;
}

/** Parameters that leave a model of this shape with one unit. */
export function unitCosts({ unitCosts: stated, queryHeadsPerGroup, headDim, hiddenSize }: ModelShape): UnitCosts {
  return stated ?? { kvGroup: 2 * (queryHeadsPerGroup + 1) * headDim * hiddenSize, ffnNeuron: 3 * hiddenSize };
}

export interface LayerShape {
  readonly kvGroups: number;
  readonly ffnNeurons: number;
}
