import { createHash } from 'node:crypto';
import { Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import type {
  Client,
  MethodDefinition,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
  handleUnaryCall,
} from '@grpc/grpc-js';
import { loadProto } from '../rpc/dynamic-client.ts';

type Bytes = MethodDefinition<Buffer, Buffer>;

/**
 * Stands between a planner and its scorer, passes every message on as it is, and writes down what was asked and what was
 * answered. So a test sees the work that a scorer really got, whatever either process says of it.
 */
export class ScorerRelay {
  /** Digests of every mask that was asked for, with its model, cut and windows; once for each time. */
  readonly asked: string[] = [];
  /** Those of which the planner got the answer. */
  readonly answered: string[] = [];
  readonly #server = new Server();
  readonly #scorer: Client;
  readonly #open = new Set<ServerDuplexStream<Buffer, Buffer>>();
  #cut: { readonly after: number; readonly reached: () => void } | undefined;

  private constructor(scorer: string) {
    const service = scoringService();
    const Scorer = makeGenericClientConstructor(passedOn(service), 'Scorer');
    this.#scorer = new Scorer(scorer, credentials.createInsecure());
    const handlers = Object.entries(service).map(([name, method]) => [
      name,
      method.requestStream ? this.#stream(method) : this.#unary(method),
    ]);
    this.#server.addService(passedOn(service), Object.fromEntries(handlers) as UntypedServiceImplementation);
  }

  static async start(address: string, scorer: string): Promise<ScorerRelay> {
    const relay = new ScorerRelay(scorer);
    await new Promise<void>((resolve, reject) => {
      const bound = (error: Error | null): void => (error === null ? resolve() : reject(error));
      relay.#server.bindAsync(address, ServerCredentials.createInsecure(), bound);
    });
    return relay;
  }

  /** From that many answers on, passes no answer on any more until the calls are broken off; resolves when it begins. */
  cutAfter(answers: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cut = { after: answers, reached: resolve };
    });
  }

  /** Ends all calls as a connection does that breaks, and lets answers through again. */
  breakOff(): void {
    this.#cut = undefined;
    for (const call of this.#open) call.emit('error', { code: status.UNAVAILABLE, details: 'the scorer is gone' });
    this.#open.clear();
  }

  stop(): void {
    this.#scorer.close();
    this.#server.forceShutdown();
  }

  /** Whether one more answer may pass. */
  #letsThrough(): boolean {
    if (this.#cut === undefined || this.answered.length < this.#cut.after) return true;
    this.#cut.reached();
    return false;
  }

  #unary({ path }: Bytes): handleUnaryCall<Buffer, Buffer> {
    return (call, callback) => {
      this.#scorer.makeUnaryRequest(path, same, same, call.request, callback);
    };
  }

  #stream(method: Bytes): (call: ServerDuplexStream<Buffer, Buffer>) => void {
    return (call) => {
      const work = new Work(method);
      this.#open.add(call);
      const scorer = this.#scorer.makeBidiStreamRequest(method.path, same, same);
      call.on('data', (bytes: Buffer) => {
        this.asked.push(...work.request(bytes));
        scorer.write(bytes);
      });
      call.on('end', () => scorer.end());
      call.on('cancelled', () => scorer.cancel());
      scorer.on('data', (bytes: Buffer) => {
        if (!this.#open.has(call) || !this.#letsThrough()) return;
        this.answered.push(...work.response(bytes));
        call.write(bytes);
      });
      scorer.on('error', (error) => this.#open.delete(call) && call.emit('error', error));
      scorer.on('end', () => this.#letsThrough() && this.#open.delete(call) && call.end());
    };
  }
}

/** What one call asks for and gets, mask by mask. */
class Work {
  readonly #method: MethodDefinition<Message, Message>;
  #context = '';
  readonly #masks: string[] = [];

  constructor(method: Bytes) {
    this.#method = method as unknown as MethodDefinition<Message, Message>;
  }

  request(bytes: Buffer): string[] {
    const { masks, ...context } = this.#method.requestDeserialize(bytes);
    if (masks === undefined) {
      this.#context += JSON.stringify(context);
      return [];
    }
    const asked = (masks as { masks: unknown[] }).masks.map((mask) => digest(this.#context, JSON.stringify(mask)));
    this.#masks.push(...asked);
    return asked;
  }

  /** Answers that belong to no mask count for nothing. */
  response(bytes: Buffer): string[] {
    const { mask_index: index, sign_of_life: isSignOfLife } = this.#method.responseDeserialize(bytes);
    if (isSignOfLife === true) return [];
    return typeof index === 'number' ? [this.#masks[index] ?? `mask ${index}, which nobody asked for`] : [];
  }
}

type Message = Readonly<Record<string, unknown>>;

function digest(...parts: readonly string[]): string {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
}

const same = (bytes: Buffer): Buffer => bytes;

function scoringService(): Record<string, Bytes> {
  const name = 'bonsai.v1.ScoringService';
  return loadProto('proto/bonsai/v1/scoring.proto')[name] as unknown as Record<string, Bytes>;
}

/** The service with messages left as they came. */
function passedOn(service: Record<string, Bytes>): ServiceDefinition {
  const raw = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
  return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, { ...method, ...raw }]));
}
