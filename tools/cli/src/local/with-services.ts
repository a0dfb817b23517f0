import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrpcScorer, SupervisedScorer, startPlannerServer } from '@bonsai/planner';
import type { Scorer } from '@bonsai/planner';
import { PlannerServiceClient, ScoringServiceClient, connect } from '@bonsai/rpc';
import { CleanUp } from './clean-up.ts';
import { interruptSignal } from './interrupt-signal.ts';
import { announcePlanner, announcedPlanner } from './planner-address.ts';

/** Which services a command uses; what is not running elsewhere is started here and stopped again. */
export interface ServiceLocations {
  /** Address of running scorers. */
  readonly scorers?: string | undefined;
  /** Address of a running planner. */
  readonly planner?: string | undefined;
  /** Job store of a planner that is started here. */
  readonly store: string;
}

export interface Services {
  readonly planner: PlannerServiceClient;
  readonly scorer: Scorer;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A scorer that only this process can reach may read whatever its user may. */
const LOCAL_ROOT = '/';

/** Runs `body` with a scorer. */
export function withScorer<T>(
  scorers: string | undefined,
  body: (scorer: Scorer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const signal = interruptSignal(cleanUp);
    return body(scorerClient(scorers ?? (await startScorer(cleanUp)), cleanUp), signal);
  });
}

/** Runs `body` with the bare client of a scorer that is started here. */
export function withScoringClient<T>(body: (client: ScoringServiceClient) => Promise<T>): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const client = connect(ScoringServiceClient, await startScorer(cleanUp));
    cleanUp.add(() => client.close());
    return body(client);
  });
}

/** Runs `body` with a planner and a scorer. */
export function withServices<T>(locations: ServiceLocations, body: (services: Services) => Promise<T>): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const signal = interruptSignal(cleanUp);
    const scorers = locations.scorers ?? (await startScorer(cleanUp));
    const planner = await plannerClient(locations, scorers, cleanUp);
    return body({ planner, scorer: scorerClient(scorers, cleanUp), signal });
  });
}

/** Runs `body` with a planner that need not evaluate anything; another command's planner does if it has the store. */
export function withPlanner<T>(
  locations: Pick<ServiceLocations, 'planner' | 'store'>,
  body: (planner: PlannerServiceClient) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const client = plannerClient(locations, 'unix:no-scorer', cleanUp).catch(async (error: unknown) => {
      const planner = await announcedPlanner(locations.store);
      if (planner === undefined) throw error;
      return plannerClient({ ...locations, planner }, 'unix:no-scorer', cleanUp);
    });
    return body(await client);
  });
}

async function cleaningUp<T>(body: (cleanUp: CleanUp) => Promise<T>): Promise<T> {
  const cleanUp = new CleanUp();
  try {
    return await body(cleanUp);
  } finally {
    await cleanUp.run();
  }
}

async function startScorer(cleanUp: CleanUp): Promise<string> {
  const scorer = await SupervisedScorer.start({ modelsRoot: LOCAL_ROOT, log: () => undefined });
  cleanUp.add(() => scorer.stop());
  return scorer.address;
}

function scorerClient(address: string, cleanUp: CleanUp): Scorer {
  const scorer = new GrpcScorer(address, Date.now);
  cleanUp.add(() => scorer.close());
  return scorer;
}

async function plannerClient(
  { planner, store }: Pick<ServiceLocations, 'planner' | 'store'>,
  scorers: string,
  cleanUp: CleanUp,
): Promise<PlannerServiceClient> {
  const client = connect(PlannerServiceClient, planner ?? (await startPlanner(store, scorers, cleanUp)));
  cleanUp.add(() => client.close());
  return client;
}

async function startPlanner(storePath: string, scorers: string, cleanUp: CleanUp): Promise<string> {
  // Sockets need short paths, which project folders seldom have.
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  const address = `unix:${join(folder, 'planner.sock')}`;
  const server = await startPlannerServer({ address, storePath, scorers, now: Date.now });
  cleanUp.add(() => server.close());
  await announcePlanner(storePath, server.address, cleanUp);
  return server.address;
}
