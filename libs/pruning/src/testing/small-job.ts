import type { PruningSettings } from '../contract/pruning-procedure.ts';

/** Settings of a job that takes a moment on a synthetic model; tests name what they change. */
export const SMALL_JOB: PruningSettings = {
  method: 'bonsai',
  prior: 'energy',
  sparsity: 0.5,
  rounds: 3,
  masksPerRound: 20,
  windowsPerMask: 3,
  seed: 7,
  poolFactor: 3,
};
