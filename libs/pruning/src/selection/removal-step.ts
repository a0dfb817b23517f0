/** Units that leave a model at once, behind the steps that come before it. */
export interface RemovalStep {
  readonly ids: readonly number[];
  /** Parameters that go with it. */
  readonly cost: number;
  /** What it is predicted to do to the loss: the sum over its units. */
  readonly damage: number;
}
