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
