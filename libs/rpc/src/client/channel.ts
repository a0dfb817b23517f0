import { randomInt } from 'node:crypto';
import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientOptions } from '@grpc/grpc-js';
import { BonsaiError } from '@bonsai/support';
import { ONE_OF_MANY } from './one-of-many.ts';

/**
 * Every call is safe to repeat, because requests are content-addressed, but one: CreateJob without an id of the
 * client's choice would make two jobs. A method with its own entry takes nothing from the general one.
 */
const METHOD_CONFIG = [
  {
    name: ['ScoringService', 'PlannerService', 'MetricService'].map((name) => ({ service: `bonsai.v1.${name}` })),
    retryPolicy: {
      maxAttempts: 4,
      initialBackoff: '0.2s',
      maxBackoff: '3s',
      backoffMultiplier: 3,
      retryableStatusCodes: ['UNAVAILABLE'],
    },
  },
  { name: [{ service: 'bonsai.v1.PlannerService', method: 'CreateJob' }] },
];

/** Pings find dead peers while a call waits on the GPU. */
const CHANNEL_OPTIONS: ClientOptions = {
  'grpc.service_config_disable_resolution': 1,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

type ClientConstructor<C extends Client> = new (
  address: string,
  channelCredentials: ChannelCredentials,
  options?: Partial<ClientOptions>,
) => C;

/**
 * A client of a service, connecting when first used: `connect(ScoringServiceClient, 'unix:/tmp/scorer.sock')`. Its calls go to all
 * addresses in turn.
 * @param address `unix:PATH`, `HOST:PORT`, `dns:///NAME:PORT` or `ipv4:HOST:PORT,HOST:PORT`
 */
export function connect<C extends Client>(ServiceClient: ClientConstructor<C>, address: string): C {
  return open(ServiceClient, address, { round_robin: {} }, {});
}

/**
 * A client that stays with one of the addresses, for calls that are answered faster where others were before; it goes on to the next
 * where that one is gone.
 * @param turn a whole number, which chooses the address: clients of successive turns spread evenly
 */
export function connectToOne<C extends Client>(ServiceClient: ClientConstructor<C>, address: string, turn: number): C {
  // A channel prefers addresses that are connected already; shared connections would gather all clients at one.
  return open(ServiceClient, address, { [ONE_OF_MANY]: { turn } }, { 'grpc.use_local_subchannel_pool': 1 });
}

/** For a client that is not one of a number that somebody counts. */
export const anyTurn = (): number => randomInt(2 ** 20);

function open<C extends Client>(
  ServiceClient: ClientConstructor<C>,
  address: string,
  balancing: object,
  options: ClientOptions,
): C {
  const config = JSON.stringify({ loadBalancingConfig: [balancing], methodConfig: METHOD_CONFIG });
  return new ServiceClient(address, credentials.createInsecure(), {
    ...CHANNEL_OPTIONS,
    ...options,
    'grpc.service_config': config,
  });
}

/** Resolves when the service answers. @throws BonsaiError SERVICE_UNAVAILABLE after the deadline */
export function waitUntilReady(client: Client, deadline: Date): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(deadline, (cause) => {
      if (cause === undefined) resolve();
      else reject(unreachable(client, cause));
    });
  });
}

function unreachable(client: Client, cause: Error): BonsaiError {
  const message = `Nothing answers at ${client.getChannel().getTarget()}; check that the service runs and its address.`;
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE', cause });
}
