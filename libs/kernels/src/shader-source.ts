import { readFileSync } from 'node:fs';

const files = new Map<string, string>();

/** Text of one shader file, named by its path below src. */
function shaderFile(path: string): string {
  let text = files.get(path);
  if (text === undefined) {
    text = readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8');
    files.set(path, text);
  }
  return text;
}

/** One shader module out of several files. WGSL wants those with `enable` and `requires` directives first. */
export function shaderSource(paths: readonly string[]): string {
  return paths.map(shaderFile).join('\n');
}
