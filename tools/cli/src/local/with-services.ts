import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrpcScorer, SupervisedScorer, announcedPlanner, isStoreBusy, startPlannerServer } from '@bonsai/planner';
import type { Scorer, UserMetric } from '@bonsai/planner';
import { PlannerServiceClient, ScoringServiceClient, anyTurn, connect } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import type { Terminal } from '../output/terminal.ts';
import { cleaningUp } from './clean-up.ts';
import type { CleanUp } from './clean-up.ts';
import { interruptSignal } from './interrupt-signal.ts';
import { ScorerLog } from './scorer-log.ts';
import { tellSoftware } from './tell-software.ts';

/** How a scorer is started here. */
export interface LocalScorer {
  /** Bytes of GPU memory that it may take. */
  readonly gpuMemory?: number | undefined;
  /** Part of the name of the GPU that it takes. */
  readonly adapter?: string | undefined;
}

/** Running scorers, or how one is started here. */
export interface ScorerLocation extends LocalScorer {
  /** Address of running scorers. */
  readonly scorers?: string | undefined;
  /** Seconds that scorers may send nothing before they are taken to hang. */
  readonly scorerSilence?: number | undefined;
}

/** Which services a command uses; what is not running elsewhere is started here and stopped again. */
export interface ServiceLocations extends ScorerLocation {
  /** Address of a running planner. */
  readonly planner?: string | undefined;
  /** Job store of a planner that is started here. */
  readonly store: string;
  /** Metric of the user's own for a planner that is started here. */
  readonly ownMetric?: UserMetric | undefined;
}

export interface Services {
  readonly planner: PlannerServiceClient;
  readonly scorer: Scorer;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A scorer that only this process can reach may read whatever its user may. */
const LOCAL_ROOT = '/';

/** Longer than any command holds a store that runs no job. */
const STORE_PATIENCE_MILLISECONDS = 5_000;

/** Runs `body` with a scorer. */
export function withScorer<T>(
  { scorers, scorerSilence, ...local }: ScorerLocation,
  terminal: Terminal,
  body: (scorer: Scorer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const signal = interruptSignal(cleanUp);
    const address = scorers ?? (await startWorkingScorer(local, terminal, cleanUp));
    return body(scorerClient(address, scorerSilence, cleanUp), signal);
  });
}

/** Runs `body` with the bare client of a scorer that is started here. */
export function withScoringClient<T>(
  local: LocalScorer,
  terminal: Terminal,
  body: (client: ScoringServiceClient) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const client = connect(ScoringServiceClient, (await startScorer(local, terminal, cleanUp)).address);
    cleanUp.add(() => client.close());
    return body(client);
  });
}

/** Runs `body` with a planner and a scorer. */
export function withServices<T>(
  locations: ServiceLocations,
  terminal: Terminal,
  body: (services: Services) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const signal = interruptSignal(cleanUp);
    const scorers = locations.scorers ?? (await startWorkingScorer(locations, terminal, cleanUp));
    const planner = await workingPlanner({ ...locations, scorers }, terminal, cleanUp);
    return body({ planner, scorer: scorerClient(scorers, locations.scorerSilence, cleanUp), signal });
  });
}

/** Runs `body` with a planner that evaluates; one that runs elsewhere has scorers of its own. */
export function withWorkingPlanner<T>(
  locations: ServiceLocations,
  terminal: Terminal,
  body: (services: Omit<Services, 'scorer'>) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const signal = interruptSignal(cleanUp);
    return body({ planner: await workingPlanner(locations, terminal, cleanUp), signal });
  });
}

/** Runs `body` with a planner that need not evaluate anything; another command's planner does if it has the store. */
export function withPlanner<T>(
  { planner, store: path }: Pick<ServiceLocations, 'planner' | 'store'>,
  body: (planner: PlannerServiceClient) => Promise<T>,
): Promise<T> {
  return cleaningUp(async (cleanUp) => {
    const start = (patience: number): Promise<string> => startPlanner({ path, patience }, 'unix:no-scorer', cleanUp);
    const ask = async (error: unknown): Promise<string> => {
      if (!isStoreBusy(error)) throw error;
      return (await announcedPlanner(path)) ?? (await start(STORE_PATIENCE_MILLISECONDS));
    };
    const address = planner ?? (await start(0).catch(ask));
    return body(plannerClient(address, cleanUp));
  });
}

async function workingPlanner(
  { planner, scorers, store: path, ownMetric, scorerSilence, ...local }: ServiceLocations,
  terminal: Terminal,
  cleanUp: CleanUp,
): Promise<PlannerServiceClient> {
  if (planner !== undefined) return plannerClient(planner, cleanUp);
  const start = { path, patience: STORE_PATIENCE_MILLISECONDS, ownMetric, scorerSilence };
  const asked = scorers ?? (await startWorkingScorer(local, terminal, cleanUp));
  return plannerClient(await startPlanner(start, asked, cleanUp), cleanUp);
}

/** @returns its address */
async function startWorkingScorer(local: LocalScorer, terminal: Terminal, cleanUp: CleanUp): Promise<string> {
  const { address, software } = await startScorer(local, terminal, cleanUp);
  // Who names a driver in software knows.
  if (software && local.adapter === undefined) tellSoftware(terminal);
  return address;
}

async function startScorer(
  { gpuMemory, adapter }: LocalScorer,
  terminal: Terminal,
  cleanUp: CleanUp,
): Promise<SupervisedScorer> {
  const log = new ScorerLog(terminal);
  try {
    const scorer = await SupervisedScorer.start({
      modelsRoot: LOCAL_ROOT,
      gpuMemory,
      adapter,
      log: (line) => log.add(line),
      ended: (how) => log.show(`The scorer ended (${how}) and is started again.`),
      startsInVain: () => log.show('The scorer did not start again; it is tried further.'),
    });
    cleanUp.add(() => scorer.stop());
    return scorer;
  } catch (error) {
    // Anything else is a reason in the scorer's own words, which its log would only repeat.
    if (error instanceof BonsaiError && error.reason === 'SCORER_UNAVAILABLE') log.show('The scorer did not start.');
    throw error;
  }
}

function scorerClient(address: string, silence: number | undefined, cleanUp: CleanUp): Scorer {
  const silenceMilliseconds = milliseconds(silence);
  const scorer = new GrpcScorer({ address, now: Date.now, turn: anyTurn(), silenceMilliseconds });
  cleanUp.add(() => scorer.close());
  return scorer;
}

function plannerClient(address: string, cleanUp: CleanUp): PlannerServiceClient {
  const client = connect(PlannerServiceClient, address);
  cleanUp.add(() => client.close());
  return client;
}

interface LocalPlanner {
  /** The job store. */
  readonly path: string;
  /** Milliseconds to wait for a store that another planner holds. */
  readonly patience: number;
  readonly ownMetric?: UserMetric | undefined;
  readonly scorerSilence?: number | undefined;
}

async function startPlanner(local: LocalPlanner, scorers: string, cleanUp: CleanUp): Promise<string> {
  // Sockets need short paths, which project folders seldom have.
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  const server = await startPlannerServer({
    address: `unix:${join(folder, 'planner.sock')}`,
    storePath: local.path,
    storePatienceMilliseconds: local.patience,
    ownMetric: local.ownMetric,
    scorerSilenceMilliseconds: milliseconds(local.scorerSilence),
    scorers,
    now: Date.now,
  });
  cleanUp.add(() => server.close());
  return server.address;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : 1000 * seconds;
}
