/** What may be taken, numbered from 0. */
export interface Offers {
  /** Distinct numbers of offers, the best first. */
  readonly order: readonly number[];
  readonly costs: Float64Array;
  /** By offer: the chain whose offers are taken in their order or not at all, counted from 0; -1 for none. Absent: no chains. */
  readonly chains?: Int32Array;
}

/**
 * Takes offers in their order for as long as they fit the budget. What is left of the budget is less than the cheapest
 * that could still be had: where only dearer offers remain, one of them is taken and the cheapest ones, latest in order
 * first, are handed back.
 * @param budget never exceeded
 * @returns by offer, 1 if taken
 */
export function takeWithinBudget(offers: Offers, budget: number): Uint8Array {
  const { order, costs } = offers;
  const taken = new Uint8Array(costs.length);
  const left = fill(offers, taken, budget);
  const grain = order.reduce((smallest, id) => Math.min(smallest, costs[id] as number), Infinity);
  if (left >= grain) exchange(offers, taken, left, grain);
  return taken;
}

/** The offers without the last few of the cheapest: enough of them to make up the dearest. */
export function withoutReserve(offers: Offers): Offers {
  const { costs } = offers;
  const grain = costs.reduce((a, b) => Math.min(a, b), Infinity);
  const dearest = costs.reduce((a, b) => Math.max(a, b), 0);
  let reserve = dearest === grain ? 0 : Math.ceil(dearest / grain);
  const isKeptBack = (id: number): boolean => !isChained(offers, id) && costs[id] === grain && reserve-- > 0;
  const order = offers.order.toReversed().filter((id) => !isKeptBack(id));
  return { ...offers, order: order.reverse() };
}

function isChained({ chains }: Offers, id: number): boolean {
  return chains !== undefined && (chains[id] as number) >= 0;
}

/** @returns what is left of the budget */
function fill({ order, costs, chains }: Offers, taken: Uint8Array, budget: number): number {
  const closed = new Set<number>();
  let left = budget;
  for (const id of order) {
    const chain = chains?.[id] ?? -1;
    if (closed.has(chain)) continue;
    const cost = costs[id] as number;
    if (cost <= left) {
      taken[id] = 1;
      left -= cost;
    } else if (chain >= 0) closed.add(chain);
  }
  return left;
}

/** Trades cheap offers for one dearer one that did not fit, so that the gap falls below the cheap one's cost. */
function exchange(offers: Offers, taken: Uint8Array, left: number, grain: number): void {
  const { order, costs } = offers;
  const dear = order.find((id) => taken[id] === 0);
  if (dear === undefined) return;
  let gap = left - (costs[dear] as number);
  const refunds: number[] = [];
  for (let i = order.length - 1; i >= 0 && gap < 0; i--) {
    const id = order[i] as number;
    if (isChained(offers, id) || taken[id] === 0 || costs[id] !== grain) continue;
    refunds.push(id);
    gap += grain;
  }
  if (gap < 0) return;
  for (const id of refunds) taken[id] = 0;
  taken[dear] = 1;
}
