export { maxRelativeError, normalizedMeanSquareError, relativeError } from './relative-error.ts';
export { useTemporaryDirectory } from './temporary-directory.ts';
export type { TemporaryDirectory } from './temporary-directory.ts';
