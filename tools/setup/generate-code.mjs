import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './repository-root.mjs';
import { runTool } from './run-command.mjs';

/**
 * Generates libs/rpc/src/gen from proto, below the given root: TypeScript, and the descriptors for gRPC reflection.
 * @param {string} root
 */
export function generateCode(root) {
  const generated = join(root, 'libs/rpc/src/gen');
  mkdirSync(generated, { recursive: true });
  // The plugin's path in buf.gen.yaml is relative to the folder that buf runs in.
  const options = { cwd: join(repositoryRoot, 'proto') };
  const descriptors = join(generated, 'descriptor-set.binpb');
  return (
    runTool('buf', ['generate', '--output', join(root, 'proto')], options) &&
    runTool('buf', ['build', '--as-file-descriptor-set', '-o', descriptors], options)
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = generateCode(repositoryRoot) ? 0 : 1;
}
