import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerOptions, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { addressInUse, boundAddress, checkListenAddress, removeStaleSocket, socketPath } from './listen-address.ts';
import { addReflection } from './reflection.ts';
import { keepingUnreadable } from './unreadable-request.ts';

/** A service with its full name, such as bonsai.v1.ScoringService. */
export interface ServiceBinding {
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface RunningServer {
  /** Where clients reach it; with the real port if any free one was asked for. */
  readonly address: string;
  /** What the health service says about every service from now on. */
  setServing(serving: boolean): void;
  /** Takes no new calls, lets running ones finish for `graceMilliseconds`, then ends them. */
  stop(graceMilliseconds: number): Promise<void>;
}

/**
 * A client whose machine lost its power or its network says nothing of it, and TCP may take a quarter of an hour to notice: work would
 * go on for it, or its half of a request be kept. Clients are patiently waited for, since one that computes may not answer pings.
 */
const KEEPALIVE: ServerOptions = {
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 60_000,
};

/**
 * Serves services together with the standard health and reflection services. Messages keep gRPC's limit of 4 MiB: what may
 * be larger is a stream.
 * @param address `unix:PATH` or `HOST:PORT`, port 0 for any free one
 * @param keepalive after how long the calls of a client end that vanished
 * @throws BonsaiError ADDRESS_INVALID, ADDRESS_IN_USE
 */
export async function startServer(
  address: string,
  services: readonly ServiceBinding[],
  keepalive = KEEPALIVE,
): Promise<RunningServer> {
  checkListenAddress(address);
  const path = socketPath(address);
  if (path !== undefined) await removeStaleSocket(path);

  const server = new Server(keepalive);
  for (const { definition, implementation } of services) {
    server.addService(keepingUnreadable(definition), implementation);
  }
  const health = new HealthImplementation();
  health.addToServer(server);
  addReflection(server);
  const setServing = (serving: boolean): void => {
    // The empty name stands for the whole server (grpc.health.v1).
    for (const name of ['', ...services.map((service) => service.name)]) {
      health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  };

  const port = await bind(server, address);
  setServing(true);
  return {
    address: boundAddress(address, port),
    setServing,
    stop: (graceMilliseconds) => {
      setServing(false);
      return shutDown(server, graceMilliseconds);
    },
  };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(addressInUse(address, error));
    });
  });
}

function shutDown(server: Server, graceMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      // Connections stay half open until the clients close them too, which those that vanished never do.
      setImmediate(resolve);
    }, graceMilliseconds);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
