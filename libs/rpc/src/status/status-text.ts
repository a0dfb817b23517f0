/** A trailer carries a message three times, in base64 or percent-encoded, and clients take 8 KiB of trailers as a rule. */
const MAX_BYTES = 1024;

/**
 * The text as a status can carry it: a longer one never arrives, and the call hangs; with half of a surrogate pair in it, as JSON
 * files may have, grpc-js throws where nobody catches.
 */
export function statusText(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return bytes.toString();
  // The replacement character stands for the one that the limit cuts in two.
  return `${bytes
    .subarray(0, MAX_BYTES)
    .toString()
    .replace(/\uFFFD$/, '')}…`;
}
