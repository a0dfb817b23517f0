export { resultOf } from './op-case.ts';
export { opCases } from './op-cases.ts';
