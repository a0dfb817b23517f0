/** What a model may be limited in. */
export type Resource = 'parameters' | 'flops' | 'bytes' | 'latency';

/** A file that models are exported to. */
export type ExportFormat = 'ggufF16' | 'ggufF32';

/** What parts of a model take of a resource; of latency in picoseconds, since a neuron of a fast device takes few. */
export interface ResourceCosts {
  readonly kvGroup: number;
  readonly ffnNeuron: number;
  /** Of a group that stays; absent where it was not measured. */
  readonly queryHead?: number;
  /** Everything that is in no unit, such as the embedding. */
  readonly other: number;
}

/** A limit on the pruned model, in place of a share of prunable parameters to remove. */
export interface Target {
  readonly resource: Resource;
  /** The pruned model takes no more, and less by as little as units allow. */
  readonly atMost: number;
  /** With `flops`: how many tokens the counted one attends to, itself among them. With `latency`: tokens of a pass. */
  readonly contextLength?: number;
  /** With `bytes`: of which file. */
  readonly format?: ExportFormat;
  /** With `latency`: on what it was measured, in words. */
  readonly runtime?: string;
  /** Whole numbers; open in a request unless they were measured, see resourceCosts. */
  readonly costs: ResourceCosts | undefined;
}
