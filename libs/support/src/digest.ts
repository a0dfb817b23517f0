import { createHash } from 'node:crypto';

export type DigestPart = string | number | Uint8Array;

/**
 * SHA-256 (hex) over parts with their lengths, so that no two different lists of parts have the same bytes.
 * Content addresses of everything that crosses a process are made here.
 */
export function digest(parts: readonly DigestPart[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part), 'utf8');
    hash.update(`${typeof part === 'number' ? 'n' : 'b'}${bytes.byteLength}:`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
