import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { GENERATED, generateCode } from './generate-code.mjs';
import { repositoryRoot } from './repository-root.mjs';

/** Relative paths of all generated files below a root, with their contents. */
function generatedFiles(root) {
  const paths = GENERATED.flatMap((path) => {
    if (!statSync(join(root, path)).isDirectory()) return [path];
    const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
  });
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}

/** Generates everything again, elsewhere, and compares it with what is in the tree. */
export function checkGeneratedCode() {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-generated-'));
  try {
    if (!generateCode(folder)) return false;
    const fresh = generatedFiles(folder);
    const present = generatedFiles(repositoryRoot);
    const differing = [...new Set([...fresh.keys(), ...present.keys()])].filter(
      (path) => !(fresh.get(path)?.equals(present.get(path) ?? Buffer.alloc(0)) ?? false),
    );
    for (const path of differing) console.log(`${path} differs: run \`npm run generate\`.`);
    return differing.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
