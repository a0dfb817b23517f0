import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { CreateJobResponse, PlannerServiceService, UploadCalibrationResponse } from '../gen/bonsai/v1/planner.ts';
import { ScoringServiceService } from '../gen/bonsai/v1/scoring.ts';
import { fromServiceError } from '../status/from-service-error.ts';
import type { CallRecord } from './call-context.ts';
import { bidiHandler, clientStreamHandler, serverStreamHandler, unaryHandler } from './handlers.ts';
import { startServer } from './start-server.ts';
import type { RunningServer } from './start-server.ts';

const records: CallRecord[] = [];
let server: RunningServer;
let client: Client;

beforeAll(async () => {
  const environment = { now: Date.now, callEnded: (record: CallRecord) => records.push(record) };
  const planner = {
    createJob: unaryHandler(environment, () => Promise.resolve(CreateJobResponse.fromPartial({}))),
    watchJob: serverStreamHandler(environment, () => []),
    uploadCalibration: clientStreamHandler(environment, async (requests) => {
      await readThrough(requests);
      return UploadCalibrationResponse.fromPartial({});
    }),
  };
  const scorer = {
    evaluate: bidiHandler(environment, async function* (requests) {
      await readThrough(requests);
      yield* [];
    }),
  };
  server = await startServer('127.0.0.1:0', [
    { name: 'bonsai.v1.PlannerService', definition: PlannerServiceService, implementation: planner },
    { name: 'bonsai.v1.ScoringService', definition: ScoringServiceService, implementation: scorer },
  ]);
  client = new Client(server.address, credentials.createInsecure());
});
beforeEach(() => {
  records.splice(0);
});
afterAll(async () => {
  client.close();
  await server.stop(1000);
});

async function readThrough(requests: AsyncIterable<unknown>): Promise<void> {
  for await (const request of requests) expect(request).toBeDefined();
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Starts a call with these bytes as its request, or as the second of its requests. */
type Call = (path: string, bytes: Buffer, end: (error: ServiceError | null) => void) => void;

function sendSecond(call: { write: (bytes: Buffer) => void; end: () => void }, bytes: Buffer): void {
  call.write(Buffer.alloc(0));
  call.write(bytes);
  call.end();
}

const unary: Call = (path, bytes, end) => {
  client.makeUnaryRequest(path, asIs, asIs, bytes, end);
};
const clientStream: Call = (path, bytes, end) => {
  sendSecond(client.makeClientStreamRequest(path, asIs, asIs, end), bytes);
};
const serverStream: Call = (path, bytes, end) => {
  client.makeServerStreamRequest(path, asIs, asIs, bytes).on('error', end).resume();
};
const bidi: Call = (path, bytes, end) => {
  const call = client.makeBidiStreamRequest(path, asIs, asIs);
  call.on('error', end).resume();
  sendSecond(call, bytes);
};

function failureOf(call: Call, path: string, bytes: Buffer): Promise<ServiceError> {
  return new Promise((resolve, reject) => {
    call(path, bytes, (error) => {
      if (error === null) reject(new Error('the call ended well'));
      else resolve(error);
    });
  });
}

/** A field of that number with these bytes in it. */
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  new BinaryWriter()
    .uint32((number << 3) | 2)
    .bytes(bytes)
    .finish();

/** A length without what it is the length of. */
const TRUNCATED = Buffer.from([0x0a, 0x05]);

const CALLS: [string, Call][] = [
  ['/bonsai.v1.PlannerService/CreateJob', unary],
  ['/bonsai.v1.PlannerService/UploadCalibration', clientStream],
  ['/bonsai.v1.PlannerService/WatchJob', serverStream],
  ['/bonsai.v1.ScoringService/Evaluate', bidi],
];

describe('a request that cannot be read', () => {
  it.each(CALLS)('is refused with a reason, and its call reported: %s', async (method, call) => {
    const failure = await failureOf(call, method, TRUNCATED);
    expect(failure.code).toBe(status.INVALID_ARGUMENT);
    const expected = { code: 'INVALID_ARGUMENT', reason: 'REQUEST_UNREADABLE', field: undefined };
    expect(fromServiceError(failure)).toMatchObject(expected);
    expect(records).toMatchObject([{ method, error: expected }]);
  });

  it('for a number above 2^53 is refused by its field', async () => {
    const seed = new BinaryWriter()
      .uint32(8 << 3)
      .uint64('9223372036854775808')
      .finish();
    const request = Buffer.from(field(1, field(3, seed)));
    const failure = await failureOf(unary, '/bonsai.v1.PlannerService/CreateJob', request);
    expect(fromServiceError(failure)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'REQUEST_UNREADABLE',
      field: 'spec.settings.seed',
    });
  });
});
