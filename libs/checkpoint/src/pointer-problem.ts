/** How a pointer begins, and no file that it can stand for. */
const START = 'version ';

/**
 * Says what to do about a file that is not there: where Git LFS is not installed, Git leaves a short text in its place.
 * @param bytes the first 8 of the file, or more
 * @returns undefined if the file is none of these
 */
export function pointerProblem(bytes: Uint8Array, file: string): string | undefined {
  if (Buffer.from(bytes.subarray(0, START.length)).toString('latin1') !== START) return undefined;
  return `${file} is a pointer of Git LFS and not the file itself: install git-lfs, then run \`git lfs pull\` in the folder.`;
}
