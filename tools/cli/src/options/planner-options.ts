import { homedir } from 'node:os';
import { defaultStore } from '@bonsai/planner';
import { Option } from 'commander';
import type { Command } from 'commander';
import { scorerSilenceOption } from './scorer-silence-option.ts';
import { scorersOption } from './scorers-option.ts';
import { adapterOption } from './adapter-option.ts';
import { gpuMemoryOption } from './gpu-memory-option.ts';
import { UsageError } from './usage-error.ts';

/** Which planner a command talks to. */
export interface PlannerLocation {
  /** Address of a running planner; without it, one runs inside this command. */
  readonly planner?: string;
  readonly store: string;
}

/** The services of a command that may evaluate models. */
export interface ServicesLocation extends PlannerLocation {
  /** Address of running scorers; without it, one is started here. */
  readonly scorers?: string;
  /** Bytes of GPU memory for one that is started. */
  readonly gpuMemory?: number;
  /** Part of the name of the GPU for one that is started. */
  readonly adapter?: string;
  /** Seconds that scorers may send nothing to this command or to a planner that runs in it. */
  readonly scorerSilence?: number;
}

export function addPlannerOptions(command: Command): Command {
  const store = defaultStore({ home: homedir(), state: process.env['XDG_STATE_HOME'] });
  return command
    .option('--planner <address>', 'a running planner (default: run one here)')
    .addOption(
      new Option('--store <file>', 'job store of the planner that runs here').default(store).conflicts('planner'),
    )
    .option('--json', 'print one JSON document', false);
}

export function addServicesOptions(command: Command): Command {
  return addPlannerOptions(command)
    .addOption(scorersOption())
    .addOption(gpuMemoryOption())
    .addOption(adapterOption())
    .addOption(scorerSilenceOption());
}

/**
 * A command that evaluates models itself asks the scorers of its planner, for the model that both know by one path.
 * @throws UsageError if a planner is named without them
 */
export function requireScorers({ planner, scorers }: ServicesLocation): void {
  if (planner === undefined || scorers !== undefined) return;
  throw new UsageError('--planner needs --scorers ADDRESS here, the scorers of that planner.');
}
