import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentials, Client } from '@grpc/grpc-js';

const repositoryFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const example = repositoryFile('docs/examples/metric-service-python/metric_service.py');

/** Debian's interpreter, which is the one that Debian's python3-grpcio belongs to. */
const PYTHON = process.env['BONSAI_PYTHON'] ?? '/usr/bin/python3';

const run = promisify(execFile);

/** The example service, with stubs that Google's compiler makes of metric.proto in a folder. */
export class PythonMetricService {
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  static async start(folder: string): Promise<PythonMetricService> {
    const plugin = await run('which', ['grpc_python_plugin']);
    const outputs = ['--python_out', '--grpc_out'].map((option) => `${option}=${folder}`);
    const plugins = `--plugin=protoc-gen-grpc=${plugin.stdout.trim()}`;
    await run('protoc', ['-I', repositoryFile('proto'), ...outputs, plugins, 'bonsai/v1/metric.proto']);
    const address = `unix:${folder}/metric.sock`;
    const child = spawn(PYTHON, [example, address], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PYTHONPATH: folder },
    });
    await Promise.race([untilReady(address), text(child.stderr).then((log) => Promise.reject(new Error(log)))]);
    return new PythonMetricService(child, address);
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await once(this.#process, 'close');
  }
}

async function untilReady(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const ready = promisify(client.waitForReady.bind(client));
  await ready(Date.now() + 30_000).finally(() => client.close());
}
