export { pruningResult } from './invoke/pruning-result.ts';
export type { PruningResult, RoundResult } from './invoke/pruning-result.ts';
export { runBonsai } from './invoke/run-bonsai.ts';
export { openModel } from './model/open-model.ts';
export { textWindows } from './text/text-windows.ts';
export { withScorer } from './local/with-services.ts';
export { processTerminal } from './output/terminal.ts';
export { loadLlamaCpp } from './latency/llama-cpp/load-llama-cpp.ts';
