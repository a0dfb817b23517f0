import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerOptions } from '@grpc/grpc-js';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { connect, waitUntilReady } from '../client/channel.ts';
import { callBidi, callUnary } from '../client/calls.ts';
import { EvaluateResponse, GetModelRequest, GetModelResponse, ScoringServiceClient } from '../gen/bonsai/v1/scoring.ts';
import { startScorer } from '../testing/fake-scorer.ts';
import type { FakeScorer } from '../testing/fake-scorer.ts';
import { startServer } from './start-server.ts';
import type { RunningServer } from './start-server.ts';

const temporary = useTemporaryDirectory();
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function answerAt(address: string): Promise<string> {
  const server = await startScorer(address, {
    getModel: (request) => Promise.resolve(GetModelResponse.fromPartial({ family: request.model?.path ?? '' })),
  });
  cleanUps.push(() => server.stop(1000));
  const client = connect(ScoringServiceClient, server.address);
  cleanUps.push(() => client.close());
  const request = GetModelRequest.fromPartial({ model: { path: 'some/model' } });
  return (await callUnary<GetModelResponse>((...rest) => client.getModel(request, ...rest))).family;
}

describe('startServer', () => {
  it.each(['127.0.0.1:0', 'localhost:0'])('answers on %s', async (address) => {
    expect(await answerAt(address)).toBe('some/model');
  });

  it('answers on a Unix socket, relative and absolute paths alike', async () => {
    expect(await answerAt(`unix:${temporary.path('a.sock')}`)).toBe('some/model');
    expect(await answerAt(`unix://${temporary.path('b.sock')}`)).toBe('some/model');
  });

  it('reports the port that the system chose', async () => {
    const server = await startServer('127.0.0.1:0', []);
    cleanUps.push(() => server.stop(0));
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  });

  it('takes over the socket of a server that was killed', async () => {
    const path = temporary.path('stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.tmp`, resolve));
    // A server that closes removes its socket, but not under another name.
    renameSync(`${path}.tmp`, path);
    await new Promise((resolve) => dead.close(resolve));
    expect(existsSync(path)).toBe(true);
    expect(await answerAt(`unix:${path}`)).toBe('some/model');
  });

  it('leaves the socket of a living server and other files alone', async () => {
    await answerAt(`unix:${temporary.path('live.sock')}`);
    writeFileSync(temporary.path('file'), '');
    for (const name of ['live.sock', 'file']) {
      await expect(startServer(`unix:${temporary.path(name)}`, [])).rejects.toMatchObject({
        code: 'FAILED_PRECONDITION',
        reason: 'ADDRESS_IN_USE',
        field: 'address',
      });
      expect(existsSync(temporary.path(name))).toBe(true);
    }
  });

  it('refuses a port that is taken', async () => {
    const server = await startServer('127.0.0.1:0', []);
    cleanUps.push(() => server.stop(0));
    await expect(startServer(server.address, [])).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' });
  });

  it.each(['', 'localhost', '127.0.0.1', 'host:99999', 'http://host:80', 'unix:', `unix:/${'x'.repeat(120)}`])(
    'refuses the address "%s"',
    async (address) => {
      const expected = { code: 'INVALID_ARGUMENT', reason: 'ADDRESS_INVALID', field: 'address' };
      await expect(startServer(address, [])).rejects.toMatchObject(expected);
    },
  );

  it('lets running calls finish when it stops, and takes no new ones', async () => {
    let finish = (): void => undefined;
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const server = await startScorer('127.0.0.1:0', {
      getModel: async () => {
        started();
        await new Promise<void>((resolve) => (finish = resolve));
        return GetModelResponse.fromPartial({ family: 'finished' });
      },
    });
    const client = connect(ScoringServiceClient, server.address);
    cleanUps.push(() => client.close());
    const answer = callUnary<GetModelResponse>((...rest) => client.getModel(GetModelRequest.fromPartial({}), ...rest));
    await running;
    const stopped = server.stop(30_000);
    finish();
    expect((await answer).family).toBe('finished');
    await stopped;
    await expect(waitUntilReady(connect(ScoringServiceClient, server.address), new Date())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'SERVICE_UNAVAILABLE',
    });
  });

  it('ends calls that outlast the grace, and they see an unavailable service', async () => {
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const server = await startScorer('127.0.0.1:0', {
      async *evaluate(_, { signal }) {
        started();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield EvaluateResponse.fromPartial({});
      },
    });
    const client = connect(ScoringServiceClient, server.address);
    cleanUps.push(() => client.close());
    const answer = callBidi((...rest) => client.evaluate(...rest), []).next();
    const outcome = expect(answer).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
    await running;
    await server.stop(0);
    await outcome;
  });

  describe('with a client that vanished without a word', () => {
    /** Of the call that the client has left behind. */
    let endOfCall: Promise<unknown>;

    async function withVanished(keepalive?: ServerOptions): Promise<RunningServer> {
      let started = (): void => undefined;
      const running = new Promise<void>((resolve) => (started = resolve));
      let ended: (reason: unknown) => void;
      endOfCall = new Promise((resolve) => (ended = resolve));
      const scorer: FakeScorer = {
        async *evaluate(_, { signal }) {
          signal.addEventListener('abort', () => ended(signal.reason));
          started();
          await endOfCall;
          yield* [];
        },
      };
      const server = await startScorer('127.0.0.1:0', scorer, keepalive);
      const line = await tapped(server.address);
      const client = connect(ScoringServiceClient, line.address);
      const giveUp = new AbortController();
      const answer = callBidi((...rest) => client.evaluate(...rest), [], giveUp).next();
      const outcome = expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
      cleanUps.push(async () => {
        giveUp.abort();
        await outcome;
        client.close();
      });
      await running;
      line.goSilent();
      return server;
    }

    it('ends its calls', async () => {
      const server = await withVanished({ 'grpc.keepalive_time_ms': 100, 'grpc.keepalive_timeout_ms': 400 });
      expect(await endOfCall).toMatchObject({ code: 'CANCELLED' });
      await server.stop(0);
    });

    it('does not wait for it when it stops', async () => {
      const server = await withVanished();
      await server.stop(0);
      expect(await endOfCall).toMatchObject({ code: 'CANCELLED' });
    });
  });
});

/** A connection through which nothing comes any more when it goes silent, though both of its ends are open. */
async function tapped(target: string): Promise<{ address: string; goSilent: () => void }> {
  const sockets: Socket[] = [];
  const tap = createServer((near) => {
    const far = connectSocket(Number(target.split(':').at(-1)), '127.0.0.1');
    for (const socket of [near, far]) sockets.push(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    tap.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = tap.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    goSilent: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
