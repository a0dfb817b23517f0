import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const repositoryFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Debian's interpreter, which is the one that Debian's python3-grpcio belongs to. */
export const PYTHON = process.env['BONSAI_PYTHON'] ?? '/usr/bin/python3';

const run = promisify(execFile);

/** Stubs that Google's compiler makes of the whole contract, in a folder. */
export async function makePythonStubs(folder: string): Promise<void> {
  const plugin = await run('which', ['grpc_python_plugin']);
  const outputs = ['--python_out', '--grpc_out'].map((option) => `${option}=${folder}`);
  const plugins = `--plugin=protoc-gen-grpc=${plugin.stdout.trim()}`;
  const files = (await readdir(repositoryFile('proto/bonsai/v1'))).map((name) => `bonsai/v1/${name}`);
  await run('protoc', ['-I', repositoryFile('proto'), ...outputs, plugins, ...files]);
}
