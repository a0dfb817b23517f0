import { roundWindows, type RoundWindows } from '../sampling/round-windows.ts';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { askLosses, baseLoss, reportRound } from '../contract/ask.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, PruningSettings, Procedure } from '../contract/pruning-procedure.ts';
import { forwardTokens, NO_FIT, roundEvidence } from './round-evidence.ts';

/** What to cut, and what it took to find out beside the loss of the whole model. */
export interface Choice {
  readonly cut: UnitSet;
  /** Masks evaluated on the windows for losses. */
  readonly masks: number;
  /** As in MethodOutcome. */
  readonly damage: Float64Array | undefined;
  /** Passes over the windows for statistics. */
  readonly statisticsPasses: number;
}

/** Frame of the methods that decide once. Importances are not estimated: all 0. */
export function* cutOnce(
  settings: PruningSettings,
  { units, windowTokens }: PruningProblem,
  choose: (windows: RoundWindows) => Procedure<Choice>,
): MethodProcedure {
  const none = emptySet(units);
  const windows = roundWindows(settings, windowTokens.length, 0);
  const base = baseLoss(yield* askLosses({ cut: none, masks: [none], windows: windows.losses }));
  const { cut, damage, masks, statisticsPasses } = yield* choose(windows);
  const evidence = roundEvidence(units, none, cut, {
    round: 0,
    masks,
    forwardTokens: forwardTokens(windowTokens, windows, { masks, statisticsPasses }),
    baseLoss: base,
    ...NO_FIT,
  });
  yield* reportRound(evidence, cut);
  return { cut, importance: new Float64Array(units.count), rounds: [evidence], damage };
}
