/** What is known of a pruned model before there is a cut. */
export interface PlannedExport {
  /** Whether output projections may get biases. */
  readonly recoversBiases: boolean;
}
