/** Which widths, that is numbers of KV groups and of FFN neurons, the layers may end up with. */
export interface WidthConstraints {
  /** `uniform`: every layer has as many KV groups, and as many neurons, as any other, so that the model is a stock one. */
  readonly layout: Layout;
  /** Numbers of neurons are multiples of this, 0 among them; 1 for any. */
  readonly ffnAlignment: number;
  /** No layer is left with fewer: with 1 or more, no attention vanishes. */
  readonly minKvGroups: number;
  /** No layer is left with fewer: with 1 or more, no FFN vanishes. */
  readonly minFfnNeurons: number;
}

export type Layout = 'perLayer' | 'uniform';

/** Every width is allowed. */
export const FREE_WIDTHS: WidthConstraints = { layout: 'perLayer', ffnAlignment: 1, minKvGroups: 0, minFfnNeurons: 0 };

/** The constraints that settings name; undefined if widths are free. */
export function widthConstraints(settings: Partial<WidthConstraints>): WidthConstraints | undefined {
  const { layout = 'perLayer', ffnAlignment = 1, minKvGroups = 0, minFfnNeurons = 0 } = settings;
  if (layout === 'perLayer' && ffnAlignment === 1 && minKvGroups === 0 && minFfnNeurons === 0) return undefined;
  return { layout, ffnAlignment, minKvGroups, minFfnNeurons };
}
