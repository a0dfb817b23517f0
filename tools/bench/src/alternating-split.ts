/** Two disjoint parts of one text. */
export interface SplitText {
  readonly calibration: string;
  readonly evaluation: string;
}

/**
 * Deals blocks of a text out in turn, so that a drift within the text falls on both parts alike. Blocks end at line
 * breaks where there are any.
 * @param blockLength characters per block, at least
 */
export function alternatingSplit(text: string, blockLength: number): SplitText {
  const parts: [string[], string[]] = [[], []];
  for (const [index, block] of blocks(text, blockLength).entries()) parts[index % 2 === 0 ? 0 : 1].push(block);
  return { calibration: parts[0].join(''), evaluation: parts[1].join('') };
}

/** Evenly spaced blocks of a text, about `length` characters in all: every run tokenizes its text anew. */
export function thinned(text: string, length: number, blockLength: number): string {
  if (text.length <= length) return text;
  const all = blocks(text, blockLength);
  const count = Math.max(1, Math.floor((all.length * length) / text.length));
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]).join('');
}

function blocks(text: string, blockLength: number): string[] {
  const found: string[] = [];
  let start = 0;
  while (start < text.length) {
    const lineBreak = text.indexOf('\n', start + blockLength - 1);
    const end = lineBreak === -1 ? Math.min(start + blockLength, text.length) : lineBreak + 1;
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}
