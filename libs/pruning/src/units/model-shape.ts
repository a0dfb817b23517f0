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
  /** With all its query heads. */
  readonly kvGroup: number;
  readonly ffnNeuron: number;
  /** Of a group that stays; as in a LLaMA if absent. */
  readonly queryHead?: number;
}

/** Parameters that leave a model of this shape with one unit. */
export function unitCosts({
  unitCosts: stated,
  queryHeadsPerGroup,
  headDim,
  hiddenSize,
}: ModelShape): Required<UnitCosts> {
  const queryHead = 2 * headDim * hiddenSize;
  return {
    queryHead,
    ...(stated ?? { kvGroup: 2 * (queryHeadsPerGroup + 1) * headDim * hiddenSize, ffnNeuron: 3 * hiddenSize }),
  };
}

/** The same shape with query heads as units of their own, if there are several per group. */
export function withQueryHeads(shape: ModelShape): ModelShape {
  const { queryHeadsPerGroup: perGroup } = shape;
  if (perGroup === 1) return shape;
  return { ...shape, layers: shape.layers.map((layer) => ({ ...layer, queryHeads: layer.kvGroups * perGroup })) };
}

export interface LayerShape {
  readonly kvGroups: number;
  readonly ffnNeurons: number;
  /** Query heads that may go without their group; none if absent. */
  readonly queryHeads?: number;
}
