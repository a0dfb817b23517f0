import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fitLatency } from '@bonsai/pruning';
import type { LatencyFit, UnitTable } from '@bonsai/pruning';
import type { planProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import { formatPercent } from '../output/format.ts';
import { writeText } from '../outputs/write-text.ts';
import type { LatencyRuntime } from './latency-runtime.ts';
import { latencyDocument, readLatencyDocument, requireConditions, requireQueryHeads } from './latency-table.ts';
import type { LatencyConditions, LatencyTable } from './latency-table.ts';
import type { LatencyTarget } from './latency-target.ts';
import { timesInTurns } from './times-in-turns.ts';
import { uniformCuts } from './uniform-cuts.ts';
import type { CutChoices } from './uniform-cuts.ts';

/** What the planner has to know of a limit on latency. */
export type LatencySettings = Pick<
  planProto.PlanSettings,
  'targetLatency' | 'targetContextLength' | 'latencyRuntime' | 'resourceCosts'
>;

/** A limit, and how far the costs are from what they were fitted to. */
export interface LatencyBudget {
  readonly settings: LatencySettings;
  readonly meanError: number;
}

export interface LatencyTask {
  readonly runtime: LatencyRuntime;
  readonly conditions: LatencyConditions;
  readonly units: UnitTable;
  readonly choices: CutChoices;
  /** Where the table is kept; undefined: nowhere. */
  readonly out: string | undefined;
  /** Told how many turns of timing are done. */
  readonly onTurn: (done: number, total: number) => void;
}

/** Of a table, on average. Tiles make up for less; more is other work on the device. */
const LARGEST_ERROR = 0.25;

/**
 * Costs as measured, by the table that an earlier run left in `out` or by a new one: measured again they would differ, and
 * another job would start in place of the one to resume.
 * @throws BonsaiError LATENCY_TABLE_INVALID, LATENCY_TABLE_MISMATCH, LATENCY_UNSTEADY, OUTPUT_FAILED, and of the runtime
 */
export async function latencyBudget(target: LatencyTarget, task: LatencyTask): Promise<LatencyBudget> {
  const { timed, runtime, tokens } = await openTable(task);
  // The whole model by the fit, which is of all that was measured, where the one time of its own may be off.
  const { costs, whole, meanError } = fitLatency(timed);
  const settings = {
    targetLatency: 'share' in target ? Math.floor(target.share * whole) : target.picoseconds,
    targetContextLength: tokens,
    latencyRuntime: runtime,
    resourceCosts: { ...costs, queryHead: costs.queryHead ?? 0 },
  };
  return { settings, meanError };
}

async function openTable(task: LatencyTask): Promise<LatencyTable> {
  const { out, conditions, choices } = task;
  if (out === undefined) return measureTable(task);
  const path = join(out, 'latency.json');
  if (existsSync(path)) {
    const table = readLatencyDocument(await readFile(path, 'utf8'), path);
    requireConditions(table, conditions, path);
    if (choices.queryHeads) requireQueryHeads(table, path);
    return table;
  }
  const table = await measureTable(task);
  await writeText(path, latencyDocument(table, fitLatency(table.timed)));
  return table;
}

/** @throws BonsaiError LATENCY_UNSTEADY */
function requireSteady({ meanError }: LatencyFit): void {
  if (meanError <= LARGEST_ERROR) return;
  const message = `Widths tell times only to ${formatPercent(meanError)} on average: the device does something else too. Run it again when it is quiet.`;
  throw new BonsaiError(message, {
    code: 'FAILED_PRECONDITION',
    reason: 'LATENCY_UNSTEADY',
    field: '--target-latency',
  });
}

async function measureTable({ runtime, conditions, units, choices, onTurn }: LatencyTask): Promise<LatencyTable> {
  const cuts = uniformCuts(units, choices);
  const sets = cuts.map(({ cut }) => cut);
  await runtime.prepare(sets);
  const times = await timesInTurns(runtime, sets, onTurn);
  const timed = cuts.map(({ widths }, i) => ({ ...widths, time: times[i]! }));
  requireSteady(fitLatency(timed));
  return { ...conditions, timed };
}
