export { loadModel } from './load/load-model.ts';
export type { LoadOptions } from './load/load-model.ts';
export type { EvaluatedMask, TransformerModel } from './transformer-model.ts';
export { estimateMemory } from './cost/estimate-memory.ts';
export type { MemoryEstimate, MemoryRequest } from './cost/estimate-memory.ts';
export { forwardFlops } from './cost/forward-flops.ts';
