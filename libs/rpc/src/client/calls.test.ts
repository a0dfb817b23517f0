import { afterEach, describe, expect, it } from '@jest/globals';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import {
  EvaluateMasksRequest,
  EvaluateMasksResponse,
  EvaluateResponse,
  GetModelRequest,
  GetModelResponse,
  ScoringServiceClient,
} from '../gen/bonsai/v1/scoring.ts';
import type { EvaluateRequest } from '../gen/bonsai/v1/scoring.ts';
import type { CallRecord } from '../server/call-context.ts';
import { asBonsaiError } from '../status/to-status-error.ts';
import { startScorer } from '../testing/fake-scorer.ts';
import type { FakeScorer } from '../testing/fake-scorer.ts';
import { callBidi, callUnary } from './calls.ts';
import { connect, waitUntilReady } from './channel.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function clientOf(scorer: FakeScorer): Promise<ScoringServiceClient> {
  const server = await startScorer('127.0.0.1:0', scorer);
  cleanUps.push(() => server.stop(1000));
  const client = connect(ScoringServiceClient, server.address);
  cleanUps.push(() => client.close());
  return client;
}

const getModel = (client: ScoringServiceClient, limits = {}): Promise<GetModelResponse> =>
  callUnary<GetModelResponse>((...rest) => client.getModel(GetModelRequest.fromPartial({}), ...rest), limits);

function evaluateMasks(client: ScoringServiceClient, requests: Iterable<EvaluateMasksRequest>, limits = {}) {
  return callBidi((...rest) => client.evaluateMasks(...rest), requests, limits);
}

/** Resolves when `signal` aborts, with its reason. */
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

function unwanted(response: unknown): never {
  throw new Error(`an error was expected, not ${JSON.stringify(response)}`);
}

const one = EvaluateMasksResponse.fromPartial({ maskIndex: 1 });

describe('calls', () => {
  it('throw the error of the service with its reason and field', async () => {
    const error = invalidArgument('SETTING_INVALID', 'spec.rounds', 'Ask for at least one round.');
    const expected = { code: error.code, reason: error.reason, field: error.field, message: error.message };
    const client = await clientOf({
      getModel: () => Promise.reject(error),
      async *evaluateMasks() {
        yield await Promise.resolve(one);
        throw error;
      },
    });
    await expect(getModel(client)).rejects.toMatchObject(expected);
    const received: EvaluateMasksResponse[] = [];
    const stream = async (): Promise<void> => {
      for await (const response of evaluateMasks(client, [])) received.push(response);
    };
    await expect(stream()).rejects.toMatchObject(expected);
    expect(received).toEqual([one]);
  });

  it.each([
    ['longer than trailers may be', `Model "${'a'.repeat(100_000)}" is none.`, /^Model "a{100,1100}…$/],
    ['with a character cut in two', 'ab\ud800c', /^ab\uFFFDc$/],
    ['of long characters', '€'.repeat(1000), /^€{100,400}…$/],
  ])('throw the error of the service that has a text %s', async (_, text, received) => {
    const client = await clientOf({ getModel: () => Promise.reject(invalidArgument('REQUEST_INVALID', text, text)) });
    const { reason, field, message } = await getModel(client).then(unwanted, asBonsaiError);
    expect(reason).toBe('REQUEST_INVALID');
    expect(field).toMatch(received);
    expect(message).toMatch(received);
  });

  it('answer while requests still come', async () => {
    const client = await clientOf({
      async *evaluate(requests) {
        let windowIndex = 0;
        for await (const { part } of requests)
          if (part !== undefined) yield EvaluateResponse.fromPartial({ windowIndex: ++windowIndex });
      },
    });
    let release = (): void => undefined;
    const answered = new Promise<void>((resolve) => (release = resolve));
    async function* requests(): AsyncGenerator<EvaluateRequest> {
      yield { part: { $case: 'windows', value: { windows: [] } } };
      await answered;
      yield { part: { $case: 'windows', value: { windows: [] } } };
    }
    const received: number[] = [];
    for await (const { windowIndex } of callBidi((...rest) => client.evaluate(...rest), requests())) {
      received.push(windowIndex);
      release();
    }
    expect(received).toEqual([1, 2]);
  });

  it('send no faster than the service reads', async () => {
    let sent = 0;
    let sentWhenRead = Number.POSITIVE_INFINITY;
    const client = await clientOf({
      async *evaluateMasks(requests) {
        let read = 0;
        for await (const { part } of requests) {
          // The service dwells on the first message, for as long as the client keeps sending.
          for (let before = -1; read === 0 && before < sent; await new Promise((next) => setTimeout(next, 100)))
            before = sent;
          if (read === 0) sentWhenRead = sent;
          if (part !== undefined) read++;
        }
        yield EvaluateMasksResponse.fromPartial({ maskIndex: read });
      },
    });
    const mask = {
      layers: [{ kvGroups: Buffer.alloc(0), queryHeads: Buffer.alloc(0), ffnNeurons: Buffer.alloc(2 ** 18) }],
    };
    function* requests(): Generator<EvaluateMasksRequest> {
      for (; sent < 120; sent++) yield { part: { $case: 'masks', value: { masks: [mask] } } };
    }
    const received: number[] = [];
    for await (const { maskIndex } of evaluateMasks(client, requests())) received.push(maskIndex);
    expect(received).toEqual([120]);
    expect(sentWhenRead).toBeLessThan(100);
  });

  it('cancel the call when the reader leaves early', async () => {
    let reason: Promise<unknown> = Promise.resolve();
    const client = await clientOf({
      async *evaluateMasks(_, { signal }) {
        reason = aborted(signal);
        yield one;
        await reason;
      },
    });
    for await (const response of evaluateMasks(client, [])) {
      expect(response).toEqual(one);
      break;
    }
    await expect(reason).resolves.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
  });

  it('cancel the call when their signal aborts, before or after it starts', async () => {
    const records: CallRecord[] = [];
    let started = (): void => undefined;
    const client = await clientOf({
      getModel: async (_, { signal }) => {
        started();
        await aborted(signal);
        throw new Error('torn down');
      },
      callEnded: (record) => records.push(record),
    });
    const controller = new AbortController();
    started = () => controller.abort();
    const cancelled = { code: 'CANCELLED', reason: 'CANCELLED' };
    await expect(getModel(client, { signal: controller.signal })).rejects.toMatchObject(cancelled);
    await expect(getModel(client, { signal: AbortSignal.abort() })).rejects.toMatchObject(cancelled);
    while (records.length === 0) await new Promise((next) => setTimeout(next, 5));
    expect(records[0]).toMatchObject({ method: '/bonsai.v1.ScoringService/GetModel', error: cancelled });
  });

  it('end at their deadline, which the service learns of too', async () => {
    let reason: Promise<unknown> = Promise.resolve();
    const client = await clientOf({
      getModel: async (_, { signal }) => {
        reason = aborted(signal);
        await reason;
        throw new Error('torn down');
      },
    });
    const expected = { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' };
    await expect(getModel(client, { deadline: new Date(Date.now() + 300) })).rejects.toMatchObject(expected);
    await reason;
  });

  it('end when the service falls silent, which it learns of too', async () => {
    let reason: Promise<unknown> = Promise.resolve();
    const client = await clientOf({
      async *evaluateMasks(_, { signal }) {
        reason = aborted(signal);
        yield one;
        await reason;
        yield one;
      },
    });
    const responses = evaluateMasks(client, [], { silenceMilliseconds: 500 });
    expect(await responses.next()).toMatchObject({ value: one });
    const expected = { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' };
    await expect(responses.next()).rejects.toMatchObject(expected);
    await expect(reason).resolves.toMatchObject({ reason: 'CANCELLED' });
  });

  it('bear a reader that takes longer than the service may', async () => {
    const client = await clientOf({
      async *evaluateMasks() {
        yield one;
        yield one;
      },
    });
    let received = 0;
    for await (const response of evaluateMasks(client, [], { silenceMilliseconds: 500 })) {
      if (response.maskIndex === one.maskIndex) received++;
      await new Promise((next) => setTimeout(next, 600));
    }
    expect(received).toBe(2);
  });

  it('throw what the source of the requests threw, and cancel', async () => {
    let reason: Promise<unknown> = Promise.resolve();
    let reached = (): void => undefined;
    const atService = new Promise<void>((resolve) => (reached = resolve));
    const client = await clientOf({
      async *evaluate(requests, { signal }) {
        reason = aborted(signal);
        for await (const request of requests) if (request.part === undefined) reached();
        yield EvaluateResponse.fromPartial({});
      },
    });
    async function* requests(): AsyncGenerator<EvaluateRequest> {
      yield { part: undefined };
      await atService;
      throw new BonsaiError('No more text.', { code: 'INVALID_ARGUMENT', reason: 'TEXT_TOO_SHORT' });
    }
    const read = callBidi((...rest) => client.evaluate(...rest), requests()).next();
    await expect(read).rejects.toMatchObject({ reason: 'TEXT_TOO_SHORT' });
    await expect(reason).resolves.toMatchObject({ reason: 'CANCELLED' });
  });

  it('are tried again while the service is away', async () => {
    let attempts = 0;
    const client = await clientOf({
      getModel: () => {
        if (++attempts < 3) throw new BonsaiError('Not yet.', { code: 'UNAVAILABLE', reason: 'DEVICE_LOST' });
        return Promise.resolve(GetModelResponse.fromPartial({ family: 'third' }));
      },
    });
    expect((await getModel(client)).family).toBe('third');
  });

  it('refuse a message above 4 MiB instead of raising the limit', async () => {
    const client = await clientOf({
      async *evaluateMasks(requests) {
        for await (const { part } of requests) if (part !== undefined) yield one;
      },
    });
    const mask = {
      layers: [{ kvGroups: Buffer.alloc(0), queryHeads: Buffer.alloc(0), ffnNeurons: Buffer.alloc(5 * 2 ** 20) }],
    };
    const read = evaluateMasks(client, [{ part: { $case: 'masks', value: { masks: [mask] } } }]).next();
    await expect(read).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'REQUEST_TOO_LARGE' });
  });

  it('wait for a service that starts later', async () => {
    const client = await clientOf({});
    await expect(waitUntilReady(client, new Date(Date.now() + 10_000))).resolves.toBeUndefined();
  });

  it('report the service that is not there', async () => {
    const client = connect(ScoringServiceClient, 'unix:/nonexistent/scorer.sock');
    cleanUps.push(() => client.close());
    await expect(getModel(client)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
  });
});
