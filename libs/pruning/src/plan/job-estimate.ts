import type { PruningProblem } from '../procedure/pruning-problem.ts';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import { forwardTokens } from '../procedure/round-evidence.ts';
import { finalistCount } from '../procedure/round-search.ts';
import { validateSettings } from '../procedure/validate-settings.ts';
import { roundWindows } from '../sampling/round-windows.ts';

/** What a procedure with these settings asks of the model. */
export interface JobEstimate {
  readonly rounds: number;
  /** Over all rounds, without the unmasked model. */
  readonly masks: number;
  /** Exact: what the rounds' evidence will add up to. */
  readonly forwardTokens: number;
  readonly kvGroups: number;
  readonly ffnNeurons: number;
  readonly prunableParameters: number;
  readonly targetRemovedParameters: number;
}

/** @throws BonsaiError as createProcedure does */
export function estimateJob(settings: PruningSettings, problem: PruningProblem): JobEstimate {
  validateSettings(settings, problem);
  const { units, windowTokens } = problem;
  const rounds = settings.method === 'random' ? 1 : settings.rounds;
  const masksPerRound = settings.method === 'bonsai' || settings.method === 'paper' ? settings.masksPerRound : 0;
  const finalists = settings.method === 'bonsai' ? finalistCount(masksPerRound) : 0;
  let tokens = 0;
  for (let round = 0; round < rounds; round++) {
    const windows = roundWindows(settings, windowTokens.length, round);
    tokens += forwardTokens(windowTokens, windows, masksPerRound - finalists, finalists);
  }
  const { layers } = units.shape;
  return {
    rounds,
    masks: rounds * masksPerRound,
    forwardTokens: tokens,
    kvGroups: layers.reduce((sum, layer) => sum + layer.kvGroups, 0),
    ffnNeurons: layers.reduce((sum, layer) => sum + layer.ffnNeurons, 0),
    prunableParameters: units.totalCost,
    targetRemovedParameters: Math.floor(settings.sparsity * units.totalCost),
  };
}
