import { homedir } from 'node:os';
import { defaultStore } from '@bonsai/planner';
import type { Command } from 'commander';

/** Which planner a command talks to. */
export interface PlannerLocation {
  /** Address of a running planner; without it, one runs inside this command. */
  readonly planner?: string;
  readonly store: string;
  readonly scorers?: string;
}

export function addPlannerOptions(command: Command): Command {
  const store = defaultStore({ home: homedir(), state: process.env['XDG_STATE_HOME'] });
  return command
    .option('--planner <address>', 'a running planner (default: run one here)')
    .option('--store <file>', 'job store of the planner that runs here', store)
    .option('--scorers <address>', 'running scorers, such as dns:///scorers:50051 (default: start one here)')
    .option('--json', 'print one JSON document', false);
}
