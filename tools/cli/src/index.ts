export { pruningResult } from './invoke/pruning-result.ts';
export type { PruningResult, RoundResult } from './invoke/pruning-result.ts';
export { runBonsai } from './invoke/run-bonsai.ts';
