/** At most `count` of the items, evenly spaced from the first to the last. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)]!);
}

/**
 * The text, or where it is longer than `limit` characters evenly spaced pieces of it of that length together: a book
 * shelf need not be tokenized for a few windows. Pieces start and end between words.
 */
export function excerpt(text: string, limit: number, pieces = 64): string {
  if (text.length <= limit) return text;
  const length = Math.floor(limit / pieces);
  const stride = text.length / pieces;
  return Array.from({ length: pieces }, (_, i) => {
    const piece = text.slice(Math.floor(i * stride), Math.floor(i * stride) + length);
    return piece.replace(/^\S*\s+/, '').replace(/\s+\S*$/, '');
  }).join('\n\n');
}
