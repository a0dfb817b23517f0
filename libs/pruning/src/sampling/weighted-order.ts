import type { Random } from '@bonsai/support';

/** How much sooner the first item is drawn than the last, as the exponent of their ratio of weights: e^2 = 7.4. */
const TILT = 2;

/**
 * A random order without replacement, in which earlier items tend to come earlier: item at rank r of n has weight
 * exp(-TILT r / n). Exponential keys (Efraimidis, Spirakis 2006).
 */
export function weightedOrder(items: readonly number[], random: Random): number[] {
  return items
    .map((item, rank) => ({ item, key: -Math.log(1 - random.next()) * Math.exp((TILT * rank) / items.length) }))
    .sort((a, b) => a.key - b.key || a.item - b.item)
    .map(({ item }) => item);
}
