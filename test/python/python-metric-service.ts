import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { credentials, Client } from '@grpc/grpc-js';
import { makePythonStubs, PYTHON, repositoryFile } from './python-stubs.ts';

const example = repositoryFile('docs/examples/metric-service-python/metric_service.py');

/** The example service, with stubs in a folder. */
export class PythonMetricService {
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  static async start(folder: string): Promise<PythonMetricService> {
    await makePythonStubs(folder);
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
