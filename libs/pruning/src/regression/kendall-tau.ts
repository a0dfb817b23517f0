/**
 * Kendall's tau-b between two sequences, in O(n log n): sort by a, then count the exchanges that sort b (Knight 1966).
 * 0 if either sequence is constant.
 */
export function kendallTau(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`lengths differ: ${a.length} and ${b.length}`);
  const n = a.length;
  const at = (values: ArrayLike<number>, i: number): number => values[i] as number;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(a, i) - at(a, j) || at(b, i) - at(b, j));
  const sortedB = Float64Array.from(order, (i) => at(b, i));
  const pairs = (n * (n - 1)) / 2;
  const tiedA = tiedPairs(n, (i) => at(a, order[i] as number));
  const tiedBoth = tiedPairs(
    n,
    (i) => at(a, order[i] as number),
    (i) => sortedB[i] as number,
  );
  const exchanges = sortCountingExchanges(sortedB);
  const tiedB = tiedPairs(n, (i) => sortedB[i] as number);
  const scale = Math.sqrt((pairs - tiedA) * (pairs - tiedB));
  return scale === 0 ? 0 : (pairs - tiedA - tiedB + tiedBoth - 2 * exchanges) / scale;
}

/** Pairs within runs of neighbours that agree in every key. */
function tiedPairs(n: number, ...keys: readonly ((i: number) => number)[]): number {
  let pairs = 0;
  let run = 1;
  for (let i = 1; i <= n; i++) {
    if (i < n && keys.every((key) => key(i) === key(i - 1))) run++;
    else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Merge sort, in place; returns the number of strictly inverted pairs. */
function sortCountingExchanges(values: Float64Array): number {
  if (values.length < 2) return 0;
  const middle = values.length >> 1;
  const left = values.slice(0, middle);
  const right = values.slice(middle);
  let exchanges = sortCountingExchanges(left) + sortCountingExchanges(right);
  for (let l = 0, r = 0, out = 0; out < values.length; out++) {
    if (r < right.length && (l === left.length || (right[r] as number) < (left[l] as number))) {
      exchanges += left.length - l;
      values[out] = right[r++] as number;
    } else values[out] = left[l++] as number;
  }
  return exchanges;
}
