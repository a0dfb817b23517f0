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

export interface LayerShape {
  readonly kvGroups: number;
  readonly ffnNeurons: number;
}
