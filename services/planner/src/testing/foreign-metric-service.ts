import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, loadPackageDefinition } from '@grpc/grpc-js';
import type { ServerUnaryCall, ServiceClientConstructor, sendUnaryData } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface ForeignWindow {
  readonly window_index: number;
  readonly nll_sum: number;
  readonly token_count: number;
}

export interface ForeignRequest {
  readonly model_revision: string;
  readonly calibration_digest: string;
  readonly base: readonly ForeignWindow[];
  readonly masks: readonly { readonly windows: readonly ForeignWindow[] }[];
}

/** The worst window's rise of the mean NLL. */
function worstRise(windows: readonly ForeignWindow[], base: readonly ForeignWindow[]): number {
  const mean = ({ nll_sum, token_count }: ForeignWindow): number => nll_sum / token_count;
  return Math.max(...windows.map((window, i) => mean(window) - mean(base[i]!)));
}

/** A metric service on plain grpc-js that reads metric.proto at run time: nothing of our own generated code is used. */
export class ForeignMetricService {
  readonly address: string;
  description = { name: 'worst-window', version: '1', digest: 'abc' };
  masksScored = 0;
  requests: ForeignRequest[] = [];
  /** May throw, wait or answer nonsense. */
  answer = async ({ masks, base }: ForeignRequest): Promise<number[]> =>
    masks.map(({ windows }) => worstRise(windows, base));
  #server: Server | undefined;

  constructor(address: string) {
    this.address = address;
  }

  async start(): Promise<void> {
    const server = new Server();
    server.addService(metricService(), {
      DescribeMetric: (_call: unknown, done: sendUnaryData<object>) => done(null, this.description),
      ScoreMasks: ({ request }: ServerUnaryCall<ForeignRequest, object>, done: sendUnaryData<object>) => {
        this.requests.push(request);
        this.answer(request).then(
          (losses) => {
            this.masksScored += request.masks.length;
            done(null, { losses });
          },
          (error: unknown) => done({ name: 'Error', message: String(error) }),
        );
      },
    });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    this.#server = server;
  }

  /** Drops all connections, as the death of the process does. */
  die(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }
}

function metricService(): ServiceClientConstructor['service'] {
  const file = fileURLToPath(new URL('../../../../proto/bonsai/v1/metric.proto', import.meta.url));
  const definition = loadSync(file, { keepCase: true, longs: Number, defaults: true });
  const { bonsai } = loadPackageDefinition(definition) as unknown as {
    bonsai: { v1: { MetricService: ServiceClientConstructor } };
  };
  return bonsai.v1.MetricService.service;
}
