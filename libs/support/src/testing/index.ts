export { useTemporaryDirectory } from './temporary-directory.ts';
export type { TemporaryDirectory } from './temporary-directory.ts';
