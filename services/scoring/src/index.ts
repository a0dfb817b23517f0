import { fileURLToPath } from 'node:url';

export { startScoringServer } from './start-scoring-server.ts';
export type { ScoringServer } from './start-scoring-server.ts';
export { openGpu } from './process/gpu-compute-device.ts';

/** The built entry point of the service, to be run by Node as a process of its own. */
export const SCORING_MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
