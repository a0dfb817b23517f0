import type { Random } from '@bonsai/support';

/** Divides a need over modules that can give at most `capacities`. */
export type QuotaSplit = (capacities: readonly number[], need: number, random: Random) => number[];

/**
 * Splits `need` at random over modules that can give at most `capacities`: exponential weights make the split uniform
 * over all splits, and capacities scale them, so that modules are drawn on in proportion to what they offer. Module totals
 * that vary independently are what makes the importance of whole modules identifiable.
 * @returns one quota per module; they sum to min(need, sum of capacities)
 */
export function randomQuotas(capacities: readonly number[], need: number, random: Random): number[] {
  const weights = capacities.map((capacity) => capacity * -Math.log(1 - random.next()));
  const quotas = capacities.map(() => 0);
  let open = capacities.map((_, m) => m).filter((m) => (capacities[m] as number) > 0);
  let left = Math.min(need, sumOf(capacities));
  while (left > 0 && open.length > 0) {
    const total = sumOf(open.map((m) => weights[m] as number));
    const share = (m: number): number => (total > 0 ? (left * (weights[m] as number)) / total : left / open.length);
    const full = open.filter((m) => share(m) >= (capacities[m] as number));
    if (full.length === 0) {
      for (const m of open) quotas[m] = share(m);
      return quotas;
    }
    for (const m of full) quotas[m] = capacities[m] as number;
    left -= sumOf(full.map((m) => capacities[m] as number));
    open = open.filter((m) => !full.includes(m));
  }
  return quotas;
}

/** The same share of every capacity: what random quotas are there to avoid. */
export const evenQuotas: QuotaSplit = (capacities, need) => {
  const share = Math.min(1, need / sumOf(capacities));
  return capacities.map((capacity) => capacity * share);
};

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
