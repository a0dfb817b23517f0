import { roundsByWidths } from '../constraints/validate-constraints.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import { shareProblem } from '../target/target-problem.ts';
import { roundsByUnits, validateSettings } from './validate-settings.ts';

/**
 * The most rounds that budget and widths allow, whatever the settings say of rounds; at least 1.
 * @throws BonsaiError as createProcedure does for the other settings
 */
export function mostRounds(asked: PruningSettings, whole: PruningProblem): number {
  const { settings, problem } = shareProblem({ ...asked, rounds: 1 }, whole);
  validateSettings(settings, problem);
  const inner = unprotectedProblem(settings, problem);
  const { units } = inner.problem;
  return Math.min(roundsByUnits(inner.settings, units), roundsByWidths(inner.settings, units));
}
