export { naiveForward } from './naive-forward.ts';
export type { NaiveTrace } from './naive-forward.ts';
