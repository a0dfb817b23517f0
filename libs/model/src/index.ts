export { loadModel } from './load/load-model.ts';
export type { LoadOptions } from './load/load-model.ts';
export type { EvaluatedMask, TransformerModel } from './transformer-model.ts';
export { planMemory } from './cost/plan-memory.ts';
export type { MemoryPlan } from './cost/plan-memory.ts';
export type { MemoryRequest } from './cost/request-bytes.ts';
export { recoveredTensors } from './recovery/recovered-tensors.ts';
export type { RecoveredModule, RecoveryRequest } from './recovery/recovery-request.ts';
export { forwardFlops } from './cost/forward-flops.ts';
