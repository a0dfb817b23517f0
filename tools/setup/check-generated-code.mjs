import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateCode } from './generate-code.mjs';
import { repositoryRoot } from './repository-root.mjs';

/** Relative paths of all files of a folder with their contents. */
function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}

/** Generates the code of the contract again, elsewhere, and compares it with what is in the tree. */
export function checkGeneratedCode() {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-generated-'));
  try {
    if (!generateCode(folder)) return false;
    const fresh = filesOf(join(folder, 'libs/rpc/src/gen'));
    const present = filesOf(join(repositoryRoot, 'libs/rpc/src/gen'));
    const differing = [...new Set([...fresh.keys(), ...present.keys()])].filter(
      (path) => !(fresh.get(path)?.equals(present.get(path) ?? Buffer.alloc(0)) ?? false),
    );
    for (const path of differing) console.log(`libs/rpc/src/gen/${path} differs: run \`npm run generate\`.`);
    return differing.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
