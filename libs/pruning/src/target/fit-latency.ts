import { Matrix, SVD } from 'ml-matrix';
import type { ResourceCosts } from '../contract/target.ts';

/** How long a pass took, in picoseconds, through a model with so many units in all. */
export interface TimedWidths {
  readonly kvGroups: number;
  /** Of the groups that are left; absent where no group was timed without one of its heads. */
  readonly queryHeads?: number;
  readonly ffnNeurons: number;
  readonly time: number;
}

/** What units cost, and how well that tells what was measured. */
export interface LatencyFit {
  /** In picoseconds: whole numbers as a target wants them, at least 1 for a unit. */
  readonly costs: ResourceCosts;
  /** What the whole model takes by these costs. */
  readonly whole: number;
  /** Of |predicted / measured - 1|, over what was measured. */
  readonly meanError: number;
  readonly worstError: number;
}

/** Beyond it, columns are the same but for rounding. */
const LARGEST_CONDITION = 1e8;

/** What a pass takes: so much in any case, and so much for all units of a kind. `kvGroup` is a group's own part, without its heads. */
const PARTS = ['other', 'kvGroup', 'ffnNeuron', 'queryHead'] as const;
type Part = (typeof PARTS)[number];
type Amounts = Readonly<Record<Part, number>>;

/**
 * A constant and a cost per unit of every kind. Of those that are not negative, the one with the least sum of squared relative
 * errors; there are three or four, so all choices of which are 0 are tried.
 * @param measured the whole model first
 * @throws RangeError if the widths do not tell the kinds of units and the rest apart
 */
export function fitLatency(measured: readonly TimedWidths[]): LatencyFit {
  const parts = PARTS.filter((part) => part !== 'queryHead' || measured.some(({ queryHeads = 0 }) => queryHeads > 0));
  const rows = measured.map((widths) => row(widths));
  if (rows.length < parts.length || decomposed(rows, parts).svd.condition > LARGEST_CONDITION) {
    throw new RangeError('measure more widths of every kind');
  }
  const fits = choicesOf(parts)
    .map((chosen) => leastSquares(rows, chosen))
    .filter((amounts) => parts.every((part) => amounts[part] >= 0))
    .map((amounts) => judged(amounts, parts, measured));
  return fits.reduce((best, fit) => (fit.squares < best.squares ? fit : best));
}

/** How much of a pass' time one picosecond of every part would explain. */
function row({ kvGroups, queryHeads = 0, ffnNeurons, time }: TimedWidths): Amounts {
  return { other: 1 / time, kvGroup: kvGroups / time, ffnNeuron: ffnNeurons / time, queryHead: queryHeads / time };
}

/** Which parts may cost something: not all of them do where noise is larger. All of them first. */
function choicesOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  const choices = Array.from({ length: 2 ** parts.length - 1 }, (_, bits) =>
    parts.filter((_, i) => !(bits & (1 << i))),
  );
  return choices.sort((a, b) => b.length - a.length);
}

/** Of the chosen columns at unit length, which keeps numbers of very different size apart. */
function decomposed(rows: readonly Amounts[], chosen: readonly Part[]): { svd: SVD; lengths: number[] } {
  const columns = chosen.map((part) => rows.map((amounts) => amounts[part]));
  const lengths = columns.map((column) => Math.hypot(...column) || 1);
  const scaled = columns.map((column, i) => column.map((value) => value / (lengths[i] as number)));
  return { svd: new SVD(new Matrix(scaled).transpose(), { autoTranspose: true }), lengths };
}

/** The costs that make the rows come closest to 1; those that are not chosen are 0. */
function leastSquares(rows: readonly Amounts[], chosen: readonly Part[]): Amounts {
  const { svd, lengths } = decomposed(rows, chosen);
  const solution = svd.solve(Matrix.columnVector(rows.map(() => 1))).to1DArray();
  const costs = { other: 0, kvGroup: 0, ffnNeuron: 0, queryHead: 0 };
  for (const [i, part] of chosen.entries()) costs[part] = (solution[i] as number) / (lengths[i] as number);
  return costs;
}

function judged(
  amounts: Amounts,
  parts: readonly Part[],
  measured: readonly TimedWidths[],
): LatencyFit & { squares: number } {
  const [whole] = measured as [TimedWidths];
  const rounded = wholeNumbers(amounts, parts);
  const errors = measured.map((widths) => Math.abs(passTime(rounded, widths) / widths.time - 1));
  return {
    costs: costsOfWholeUnits(rounded, whole),
    whole: passTime(rounded, whole),
    squares: errors.reduce((sum, error) => sum + error ** 2, 0),
    meanError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    worstError: Math.max(...errors),
  };
}

/** Units cost something: a unit that did not would never be worth its removal. */
function wholeNumbers({ other, ...ofUnits }: Amounts, parts: readonly Part[]): Amounts {
  const ofUnit = (part: keyof typeof ofUnits): number =>
    parts.includes(part) ? Math.max(1, Math.round(ofUnits[part])) : 0;
  return {
    other: Math.round(other),
    kvGroup: ofUnit('kvGroup'),
    ffnNeuron: ofUnit('ffnNeuron'),
    queryHead: ofUnit('queryHead'),
  };
}

function passTime(amounts: Amounts, { kvGroups, queryHeads = 0, ffnNeurons }: Omit<TimedWidths, 'time'>): number {
  const ofAttention = kvGroups * amounts.kvGroup + queryHeads * amounts.queryHead;
  return amounts.other + ofAttention + ffnNeurons * amounts.ffnNeuron;
}

/** A group takes its heads along. */
function costsOfWholeUnits({ other, kvGroup, ffnNeuron, queryHead }: Amounts, whole: TimedWidths): ResourceCosts {
  if (queryHead === 0) return { kvGroup, ffnNeuron, other };
  const headsPerGroup = (whole.queryHeads ?? 0) / whole.kvGroups;
  return { kvGroup: kvGroup + headsPerGroup * queryHead, queryHead, ffnNeuron, other };
}
