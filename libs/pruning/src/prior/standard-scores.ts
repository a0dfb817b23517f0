/** Added to a standard score so that nearly all are positive: a unit 4 deviations below its module's mean is worth nothing. */
const OFFSET = 4;

/** (x - mean) / deviation over the counted elements, shifted by 4; the others are 0. */
export function standardScores(values: Float64Array, counts: (index: number) => boolean): Float64Array {
  const counted = values.filter((_, i) => counts(i));
  const mean = counted.reduce((sum, value) => sum + value, 0) / counted.length;
  const variance = counted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / counted.length;
  const deviation = Math.sqrt(variance);
  return values.map((value, i) => (counts(i) ? OFFSET + (deviation > 0 ? (value - mean) / deviation : 0) : 0));
}
