import { Matrix, SVD } from 'ml-matrix';
import type { ResourceCosts } from './target.ts';

/** How long a pass took, in picoseconds, through a model with so many units in all. */
export interface TimedWidths {
  readonly kvGroups: number;
  readonly ffnNeurons: number;
  readonly time: number;
}

/** What units cost, and how well that tells what was measured. */
export interface LatencyFit {
  /** In picoseconds: whole numbers as a target wants them, at least 1 for a unit. */
  readonly costs: ResourceCosts;
  /** Of |predicted / measured - 1|, over what was measured. */
  readonly meanError: number;
  readonly worstError: number;
}

/** Beyond it, columns are the same but for rounding. */
const LARGEST_CONDITION = 1e8;

/** Which of other, KV groups and neurons may cost something: not all of them do where noise is larger. */
const CHOICES: readonly (readonly number[])[] = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]];

/**
 * A constant and a cost per unit of either kind. Of those that are not negative, the one with the least sum of squared
 * relative errors; there are three, so all choices of which are 0 are tried.
 * @throws RangeError if the widths do not tell KV groups, neurons and the rest apart
 */
export function fitLatency(measured: readonly TimedWidths[]): LatencyFit {
  const rows = measured.map(({ kvGroups, ffnNeurons, time }) => [1 / time, kvGroups / time, ffnNeurons / time]);
  if (rows.length < 3 || decomposed(rows, [0, 1, 2]).svd.condition > LARGEST_CONDITION) {
    throw new RangeError('measure more widths of both kinds');
  }
  const fits = CHOICES.map((chosen) => leastSquares(rows, chosen))
    .filter((costs) => costs.every((cost) => cost >= 0))
    .map((costs) => judged(costs, measured));
  return fits.reduce((best, fit) => (fit.squares < best.squares ? fit : best));
}

/** Of the chosen columns at unit length, which keeps numbers of very different size apart. */
function decomposed(rows: readonly number[][], chosen: readonly number[]): { svd: SVD; lengths: number[] } {
  const columns = chosen.map((column) => rows.map((row) => row[column] as number));
  const lengths = columns.map((column) => Math.hypot(...column) || 1);
  const scaled = columns.map((column, i) => column.map((value) => value / (lengths[i] as number)));
  return { svd: new SVD(new Matrix(scaled).transpose(), { autoTranspose: true }), lengths };
}

/** The three costs that make the rows come closest to 1; those that are not chosen are 0. */
function leastSquares(rows: readonly number[][], chosen: readonly number[]): number[] {
  const { svd, lengths } = decomposed(rows, chosen);
  const solution = svd.solve(Matrix.columnVector(rows.map(() => 1))).to1DArray();
  const costs = [0, 0, 0];
  for (const [i, column] of chosen.entries()) costs[column] = (solution[i] as number) / (lengths[i] as number);
  return costs;
}

function judged(
  [other = 0, kvGroup = 0, ffnNeuron = 0]: number[],
  measured: readonly TimedWidths[],
): LatencyFit & { squares: number } {
  const costs = {
    kvGroup: Math.max(1, Math.round(kvGroup)),
    ffnNeuron: Math.max(1, Math.round(ffnNeuron)),
    other: Math.round(other),
  };
  const errors = measured.map((widths) => Math.abs(predictedLatency(costs, widths) / widths.time - 1));
  return {
    costs,
    squares: errors.reduce((sum, error) => sum + error ** 2, 0),
    meanError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    worstError: Math.max(...errors),
  };
}

/** Of a model with so many units in all. */
export function predictedLatency(
  { kvGroup, ffnNeuron, other }: ResourceCosts,
  { kvGroups, ffnNeurons }: Pick<TimedWidths, 'kvGroups' | 'ffnNeurons'>,
): number {
  return other + kvGroups * kvGroup + ffnNeurons * ffnNeuron;
}
