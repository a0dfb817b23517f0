import path from 'node:path';
import { parseArgs } from 'node:util';
import { BonsaiError, byteSizeOf, invalidArgument } from '@bonsai/support';

export const USAGE = `Plans which units of a model to remove, and keeps the jobs that do.

  --listen ADDRESS      unix:/path/to/socket or host:port, port 0 for any free one (127.0.0.1:50052)
  --store FILE          SQLite file of jobs and evaluations (bonsai/planner.sqlite in the user's state folder)
  --scorers ADDRESS     running scorers: unix:/path, host:port, dns:///name:port or ipv4:host:port,host:port
  --models-root DIR     without --scorers: start a scorer that serves the checkpoints below this directory
  --gpu-memory SIZE     most GPU memory for that scorer to use, such as 8GiB or 512MiB (as much as the driver gives)
  --adapter NAME        the GPU for that scorer, by a part of its name (the fastest; without any, a driver in software)
  --concurrent-jobs N   jobs that run at the same time; more wait their turn (2)
  --scorers-per-job N   scorers that measure the masks of one job at the same time, without --recover (1)
  --scorer-silence S    seconds that a scorer may send nothing before it is taken to hang (600)
  --metric-module FILE  a metric of your own for jobs that name no metric service; it runs inside the planner
  --continue-jobs       go on with jobs that an earlier planner left unfinished; else they wait for ResumeJob
  --help
`;

export interface OwnScorer {
  readonly modelsRoot: string;
  /** Bytes; undefined: as many as the driver gives. */
  readonly gpuMemory: number | undefined;
  /** Part of the name of the GPU to take; undefined: any. */
  readonly adapter: string | undefined;
}

export interface CommandLine {
  readonly listen: string;
  readonly store: string;
  /** Where scorers are, or what a scorer of our own serves. */
  readonly scorers: { readonly address: string } | OwnScorer;
  readonly concurrentJobs: number;
  readonly scorersPerJob: number;
  readonly scorerSilenceSeconds: number;
  readonly metricModule: string | undefined;
  readonly continueJobs: boolean;
}

/** What the defaults depend on. */
export interface UserFolders {
  readonly home: string;
  /** XDG_STATE_HOME, if set. */
  readonly state: string | undefined;
}

/** Undefined if only help was asked for. @throws BonsaiError SETTING_INVALID naming the option */
export function parseCommandLine(args: readonly string[], folders: UserFolders): CommandLine | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  return {
    listen: values.listen,
    store: values.store ?? defaultStore(folders),
    scorers: scorersOf(values),
    concurrentJobs: parseCount('--concurrent-jobs', values['concurrent-jobs']),
    scorersPerJob: parseCount('--scorers-per-job', values['scorers-per-job']),
    scorerSilenceSeconds: parseCount('--scorer-silence', values['scorer-silence']),
    metricModule: values['metric-module'],
    continueJobs: values['continue-jobs'],
  };
}

export function defaultStore({ home, state }: UserFolders): string {
  const folder = state === undefined || state === '' ? path.join(home, '.local', 'state') : state;
  return path.join(folder, 'bonsai', 'planner.sqlite');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        listen: { type: 'string', default: '127.0.0.1:50052' },
        store: { type: 'string' },
        scorers: { type: 'string' },
        'models-root': { type: 'string' },
        'gpu-memory': { type: 'string' },
        adapter: { type: 'string' },
        'concurrent-jobs': { type: 'string', default: '2' },
        'scorers-per-job': { type: 'string', default: '1' },
        'scorer-silence': { type: 'string', default: '600' },
        'metric-module': { type: 'string' },
        'continue-jobs': { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new BonsaiError(message, { code: 'INVALID_ARGUMENT', reason: 'SETTING_INVALID', cause });
  }
}

function scorersOf({
  scorers: address,
  'models-root': modelsRoot,
  'gpu-memory': memory,
  adapter,
}: ReturnType<typeof parse>): CommandLine['scorers'] {
  if (modelsRoot !== undefined && address === undefined)
    return { modelsRoot, gpuMemory: byteSizeOf('--gpu-memory', memory), adapter };
  refuseOfOwn('--gpu-memory', memory);
  refuseOfOwn('--adapter', adapter);
  if (address !== undefined && modelsRoot === undefined) return { address };
  const message =
    'Say either where scorers run (--scorers ADDRESS) or what a scorer of our own serves (--models-root DIR).';
  throw invalidArgument('SETTING_INVALID', '--scorers', message);
}

/** @throws BonsaiError SETTING_INVALID for an option of a scorer of our own, where there is none */
function refuseOfOwn(option: string, value: string | undefined): void {
  if (value === undefined) return;
  const message = `${option} is for a scorer of our own (--models-root DIR); one that runs already has its own.`;
  throw invalidArgument('SETTING_INVALID', option, message);
}

function parseCount(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw invalidArgument('SETTING_INVALID', option, `${option} takes a whole number from 1 to 9999, not "${text}".`);
}
