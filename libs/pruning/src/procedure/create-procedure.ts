import { blockPrunerProcedure } from './block-pruner-procedure.ts';
import { bonsaiProcedure } from './bonsai-procedure.ts';
import { paperProcedure } from './paper-procedure.ts';
import { priorProcedure } from './prior-procedure.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type {
  MethodProcedure,
  MethodSettings,
  PruningProcedure,
  PruningSettings,
} from '../contract/pruning-procedure.ts';
import { randomProcedure } from './random-procedure.ts';
import { bestPriorProcedure } from '../prior/best-prior-procedure.ts';
import { pricingProcedure } from '../constraints/pricing-procedure.ts';
import { protectingProcedure } from '../protection/protecting-procedure.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import { recoveringProcedure } from '../recovery/recovering-procedure.ts';
import { shortGptProcedure } from './short-gpt-procedure.ts';
import { magnitudeProcedure, wandaSpProcedure } from './uniform-procedure.ts';
import { countingProcedure } from '../target/counting-procedure.ts';
import { shareProblem } from '../target/target-problem.ts';
import { validateSettings } from './validate-settings.ts';

/**
 * The method that the settings name, with its protected layers and its recovery, ready to be driven: see PruningProcedure. Every
 * method removes the target number of parameters to within one of the model's cheapest units, those that remove blocks as
 * many blocks as fit the target.
 * @throws BonsaiError SPARSITY_OUT_OF_RANGE, SPARSITY_UNREACHABLE, SETTING_INVALID, TEXT_TOO_SHORT, WINDOW_LENGTH
 */
export function createProcedure(settings: PruningSettings, problem: PruningProblem): PruningProcedure {
  const share = shareProblem(settings, problem);
  validateSettings(share.settings, share.problem);
  const priced = unprotectedProcedure(share.settings, share.problem);
  const method = settings.target === undefined ? priced : countingProcedure(priced, problem.units);
  const { recovery } = settings;
  return recovery === undefined ? method : recoveringProcedure(method, recovery, settings, problem);
}

function unprotectedProcedure(settings: PruningSettings, problem: PruningProblem): PruningProcedure {
  const inner = unprotectedProblem(settings, problem);
  const method = chosenProcedure(inner.settings, inner.problem);
  const { unprotected } = inner;
  return pricingProcedure(
    unprotected === undefined ? method : protectingProcedure(method, unprotected),
    settings,
    problem,
  );
}

function chosenProcedure(settings: PruningSettings, problem: PruningProblem): MethodProcedure {
  const { prior, recovery } = settings;
  if (prior !== 'best') return methodProcedure({ ...settings, prior }, problem);
  if (recovery === undefined) throw new RangeError('the prior best needs a recovery');
  return bestPriorProcedure({ ...settings, recovery }, problem, methodProcedure);
}

function methodProcedure(settings: MethodSettings, problem: PruningProblem): MethodProcedure {
  switch (settings.method) {
    case 'bonsai':
      return bonsaiProcedure(settings, problem);
    case 'paper':
    case 'paperLocal':
      return paperProcedure(settings, problem);
    case 'random':
      return randomProcedure(settings, problem);
    case 'priorOnly':
    case 'flap':
      return priorProcedure(settings, problem);
    case 'magnitude':
      return magnitudeProcedure(settings, problem);
    case 'wandaSp':
      return wandaSpProcedure(settings, problem);
    case 'shortGpt':
      return shortGptProcedure(settings, problem);
    case 'blockPruner':
      return blockPrunerProcedure(settings, problem);
  }
}
