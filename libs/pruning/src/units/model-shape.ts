/** The sizes of a transformer that its prunable units follow from. Counts are of the original, unpruned model. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly headDim: number;
  /** Query heads that share one key/value head; 1 for multi-head attention. */
  readonly queryHeadsPerGroup: number;
  readonly layers: readonly LayerShape[];
}

export interface LayerShape {
  readonly kvGroups: number;
  readonly ffnNeurons: number;
}
