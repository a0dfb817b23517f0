import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './repository-root.mjs';
import { runTool } from './run-command.mjs';

/** What is made of proto: TypeScript, and the descriptors for gRPC reflection. */
const CONTRACT = 'libs/rpc/src/gen';

/** A kernel for the host's processor, in WebAssembly, and its source. */
const KERNEL = 'libs/model/src/linear-algebra/row-products.wasm';
const KERNEL_SOURCE = 'libs/model/src/linear-algebra/row-products.wat';

/** Files and folders of files that are in the tree and not written by hand. */
export const GENERATED = [CONTRACT, KERNEL];

/**
 * Generates all that is generated, below the given root.
 * @param {string} root
 */
export function generateCode(root) {
  return generateContract(root) && assembleKernel(root);
}

function generateContract(root) {
  const generated = join(root, CONTRACT);
  mkdirSync(generated, { recursive: true });
  // The plugin's path in buf.gen.yaml is relative to the folder that buf runs in.
  const options = { cwd: join(repositoryRoot, 'proto') };
  const descriptors = join(generated, 'descriptor-set.binpb');
  return (
    runTool('buf', ['generate', '--output', join(root, 'proto')], options) &&
    runTool('buf', ['build', '--as-file-descriptor-set', '-o', descriptors], options)
  );
}

function assembleKernel(root) {
  const target = join(root, KERNEL);
  mkdirSync(dirname(target), { recursive: true });
  return runTool('wat2wasm', [KERNEL_SOURCE, '-o', target]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = generateCode(repositoryRoot) ? 0 : 1;
}
