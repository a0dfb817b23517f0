import { fileURLToPath } from 'node:url';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { Client, ServiceDefinition } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import type { Options, PackageDefinition } from '@grpc/proto-loader';

/** Field names as in the .proto files, enums by name: nothing of our own generated code is used here. */
const OPTIONS: Options = { keepCase: true, enums: String, longs: Number, defaults: true, oneofs: true };

const repositoryFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export function loadProto(path: string): PackageDefinition {
  return loadSync(repositoryFile(path), { ...OPTIONS, includeDirs: [repositoryFile('proto')] });
}

/** From serialised google.protobuf.FileDescriptorProto messages, as reflection answers. */
function loadDescriptors(files: readonly Buffer[]): PackageDefinition {
  // A FileDescriptorSet is a list of files, each with tag 0x0a and its length as a varint.
  const parts = files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]);
  return loadFileDescriptorSetFromBuffer(Buffer.concat(parts), OPTIONS);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** Reads a path such as "score.nll_sum" of a message that has no static type. */
export function at(message: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], message);
}

/** A client of the standard reflection service. */
function reflectionClient(address: string): DynamicClient {
  return new DynamicClient(loadProto('test/rpc/reflection.proto'), 'grpc.reflection.v1.ServerReflection', address);
}

/** A client of a service whose description, with all that it imports, comes from the server itself. */
export async function reflectedClient(address: string, service: string): Promise<DynamicClient> {
  const reflection = reflectionClient(address);
  const [response] = await reflection.bidi('ServerReflectionInfo', [{ file_containing_symbol: service }]);
  reflection.close();
  const files = at(response, 'file_descriptor_response.file_descriptor_proto') as Buffer[];
  return new DynamicClient(loadDescriptors(files), service, address);
}

/** Full names of the services that a server says it has. */
export async function reflectedServices(address: string): Promise<string[]> {
  const reflection = reflectionClient(address);
  const [response] = await reflection.bidi('ServerReflectionInfo', [{ list_services: '' }]);
  reflection.close();
  const services = at(response, 'list_services_response.service') as { name: string }[];
  return services.map(({ name }) => name);
}

type Message = Readonly<Record<string, unknown>>;

/** What a call with one response comes to. */
function settled(call: (done: (error: Error | null, response?: Message) => void) => void): Promise<Message> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error !== null || response === undefined) reject(error ?? new Error('no response'));
      else resolve(response);
    });
  });
}

/** A client that learns the service at run time. */
export class DynamicClient {
  readonly #definition: ServiceDefinition;
  readonly #client: Client;

  constructor(definitions: PackageDefinition, service: string, address: string) {
    const definition = definitions[service];
    if (definition === undefined || 'format' in definition) throw new Error(`there is no service ${service}`);
    this.#definition = definition;
    const Constructor = makeGenericClientConstructor(definition, service);
    this.#client = new Constructor(address, credentials.createInsecure());
  }

  unary(method: string, request: Message): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    return settled((done) => {
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, done);
    });
  }

  /** Sends all requests, closes its half, and returns the one response. */
  clientStream(method: string, requests: readonly Message[]): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    return settled((done) => {
      const call = this.#client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, done);
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  /** All responses to one request. */
  async serverStream(method: string, request: Message): Promise<Message[]> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const call = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    const responses: Message[] = [];
    for await (const response of call) responses.push(response as Message);
    return responses;
  }

  /** Sends all requests, closes its half, and returns all responses. */
  async bidi(method: string, requests: readonly Message[]): Promise<Message[]> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    for (const request of requests) call.write(request);
    call.end();
    const responses: Message[] = [];
    for await (const response of call) responses.push(response as Message);
    return responses;
  }

  close(): void {
    this.#client.close();
  }

  #method(name: string): ServiceDefinition[string] {
    const method = this.#definition[name];
    if (method === undefined) throw new Error(`there is no method ${name}`);
    return method;
  }
}
