const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Keys of the outermost object of a valid JSON text, with repetitions: JSON.parse keeps the last of two equal keys in
 * silence, and a file that names a tensor twice must not be read as if it named it once.
 */
export function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let expectsKey = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      if (depth === 1 && expectsKey) keys.push(String(JSON.parse(json.slice(at, end))));
      expectsKey = false;
      at = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      expectsKey = depth === 1;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    } else if (code === 0x2c) {
      expectsKey = depth === 1;
    }
  }
  return keys;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}
