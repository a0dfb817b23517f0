import { homedir } from 'node:os';
import { defaultStore } from '@bonsai/planner';
import type { Command } from 'commander';
import { gpuMemoryOption } from './gpu-memory-option.ts';

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
}

export function addPlannerOptions(command: Command): Command {
  const store = defaultStore({ home: homedir(), state: process.env['XDG_STATE_HOME'] });
  return command
    .option('--planner <address>', 'a running planner (default: run one here)')
    .option('--store <file>', 'job store of the planner that runs here', store)
    .option('--json', 'print one JSON document', false);
}

export function addServicesOptions(command: Command): Command {
  return addPlannerOptions(command)
    .option('--scorers <address>', 'running scorers, such as dns:///scorers:50051 (default: start one here)')
    .addOption(gpuMemoryOption());
}
