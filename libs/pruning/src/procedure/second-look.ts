import { mean, standardError } from '@bonsai/support';
import type { UnitSet } from '../units/unit-set.ts';
import { askWindowLosses } from '../contract/ask.ts';
import type { Procedure, PruningSettings } from '../contract/pruning-procedure.ts';

/** Standard errors by which a challenger has to be better; docs/experiments.md, "Which mask becomes the cut". */
const MARGIN = 0.5;

/**
 * Evaluations of a round that go to a second look at the best masks and the prior's cut: none where masks are few, or are evaluated on
 * all windows that there are but one, which has no spread.
 */
export function finalistCount(
  { masksPerRound: masks, windowsPerMask, without = [] }: PruningSettings,
  windowCount: number,
): number {
  const unwanted = without.includes('secondLook') || without.includes('measuredCut');
  return unwanted || masks < 16 || windowCount - windowsPerMask < 2 ? 0 : Math.max(3, Math.floor(0.1 * masks));
}

/** A mask with what is taken off its losses before they are compared. */
export interface Contender {
  readonly mask: UnitSet;
  readonly allowance: number;
}

/** One that holds its place unless another is shown to be better. */
export interface Contest {
  /** Units that are gone. */
  readonly cut: UnitSet;
  readonly holder: Contender;
  readonly challengers: readonly Contender[];
  /** Windows that none of them was chosen by. */
  readonly windows: readonly number[];
}

/**
 * The least of many losses on little text is partly luck, so that challengers are measured again beside the holder: of those that
 * are better by more than half the standard error of the difference, over windows, the best wins, else the holder. A metric that only
 * judges windows together is taken at its word.
 */
export function* winnerOf(contest: Contest): Procedure<UnitSet> {
  const { cut, holder, challengers, windows } = contest;
  const contenders = [holder, ...challengers];
  const measured = yield* askWindowLosses({ cut, masks: contenders.map(({ mask }) => mask), windows });
  const [held = [], ...challenging] = measured.map((losses, i) =>
    losses.map((loss) => loss - (contenders[i] as Contender).allowance),
  );
  let winner = holder.mask;
  let least = 0;
  for (const [i, challenge] of challenging.entries()) {
    const rises = challenge.map((loss, window) => comparable(loss) - comparable(held[window] as number));
    const rise = mean(rises);
    if (rise >= least || rise + MARGIN * standardError(rises) >= 0) continue;
    least = rise;
    winner = (challengers[i] as Contender).mask;
  }
  return winner;
}

/** Losses that are not finite are equal, and worse than any other. */
const comparable = (loss: number): number => (Number.isFinite(loss) ? loss : Number.MAX_SAFE_INTEGER);
