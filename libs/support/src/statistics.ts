/** NaN of no values. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** With n - 1 in its denominator; 0 for a single value, whose spread is not known. */
export const sampleDeviation = (values: readonly number[]): number => Math.sqrt(sampleVariance(values));

/** Of the mean of a sample; 0 for a single value. */
export const standardError = (values: readonly number[]): number => Math.sqrt(sampleVariance(values) / values.length);

function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Of an even number of values the upper one of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
