import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientOptions } from '@grpc/grpc-js';
import { BonsaiError } from '@bonsai/support';

/**
 * Every call is safe to repeat, because requests are content-addressed, but one: CreateJob without an id of the
 * client's choice would make two jobs. A method with its own entry takes nothing from the general one.
 */
const SERVICE_CONFIG = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
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
  ],
};

/** round_robin spreads calls over all addresses of a `dns:///` name; pings find dead peers while a call waits on the GPU. */
const CHANNEL_OPTIONS: ClientOptions = {
  'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
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
 * A client of a service, connecting when first used: `connect(ScoringServiceClient, 'unix:/tmp/scorer.sock')`.
 * @param address `unix:PATH`, `HOST:PORT` or `dns:///NAME:PORT`
 */
export function connect<C extends Client>(ServiceClient: ClientConstructor<C>, address: string): C {
  return new ServiceClient(address, credentials.createInsecure(), CHANNEL_OPTIONS);
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
