import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GetModelRequest, GetModelResponse, ScoringServiceClient } from '../gen/bonsai/v1/scoring.ts';
import type { RunningServer } from '../server/start-server.ts';
import { startScorer } from '../testing/fake-scorer.ts';
import { callUnary } from './calls.ts';
import { connect, connectToOne } from './channel.ts';

describe('a name with several addresses', () => {
  let servers: RunningServer[];
  let clients: ScoringServiceClient[];

  beforeEach(async () => {
    const start = (number: number): Promise<RunningServer> =>
      startScorer('127.0.0.1:0', {
        getModel: () => Promise.resolve(GetModelResponse.fromPartial({ family: String(number) })),
      });
    servers = await Promise.all([start(0), start(1)]);
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop(0)));
  });

  const addresses = (): string => `ipv4:${servers.map(({ address }) => address).join()}`;

  function opened(client: ScoringServiceClient): ScoringServiceClient {
    clients.push(client);
    return client;
  }

  const oneOf = (turn: number): ScoringServiceClient => opened(connectToOne(ScoringServiceClient, addresses(), turn));

  /** The server that answered. */
  async function ask(client: ScoringServiceClient): Promise<number> {
    const call = callUnary<GetModelResponse>((...rest) => client.getModel(GetModelRequest.fromPartial({}), ...rest));
    return Number((await call).family);
  }

  it('has calls of a client spread over all', async () => {
    const client = opened(connect(ScoringServiceClient, addresses()));
    const answered = new Set<number>();
    while (answered.size < 2) answered.add(await ask(client));
    expect([await ask(client), await ask(client)].sort()).toEqual([0, 1]);
  });

  it('keeps a client that wants one with one, and successive turns apart', async () => {
    const answered: number[] = [];
    for (const turn of [7, 8, 9, 10]) {
      const client = oneOf(turn);
      const server = await ask(client);
      expect([await ask(client), await ask(client)]).toEqual([server, server]);
      answered.push(server);
    }
    expect(answered).toEqual([answered[0], answered[1], answered[0], answered[1]]);
    expect(answered[0]).not.toBe(answered[1]);
  });

  it('moves a client whose server is gone on to another', async () => {
    const client = oneOf(1);
    const server = await ask(client);
    await servers[server]?.stop(0);
    expect(await ask(client)).toBe(1 - server);
  });
});
