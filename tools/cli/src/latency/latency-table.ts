import { fitLatency } from '@bonsai/pruning';
import type { LatencyFit, TimedWidths } from '@bonsai/pruning';
import { BonsaiError, isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/** What was timed, and on what: a table is of use for nothing else. */
export interface LatencyConditions {
  readonly modelRevision: string;
  /** With its device. */
  readonly runtime: string;
  /** Of the weights, as the command line names it. */
  readonly precision: string;
  /** Of the window of a pass. */
  readonly tokens: number;
}

/** Times of uniform cuts, the whole model first. */
export interface LatencyTable extends LatencyConditions {
  readonly timed: readonly TimedWidths[];
}

/** A file for people and for the next run of the same command, which measures nothing again. */
export function latencyDocument(table: LatencyTable, { costs, meanError, worstError }: LatencyFit): string {
  const document = {
    model_revision: table.modelRevision,
    runtime: table.runtime,
    precision: table.precision,
    tokens: table.tokens,
    measured: table.timed.map(({ kvGroups, queryHeads, ffnNeurons, time }) => ({
      kv_groups: kvGroups,
      query_heads: queryHeads,
      ffn_neurons: ffnNeurons,
      picoseconds: time,
    })),
    fit: {
      kv_group_picoseconds: costs.kvGroup,
      query_head_picoseconds: costs.queryHead,
      ffn_neuron_picoseconds: costs.ffnNeuron,
      other_picoseconds: costs.other,
      mean_relative_error: meanError,
      worst_relative_error: worstError,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * @param path of the file, for the message
 * @throws BonsaiError LATENCY_TABLE_INVALID
 */
export function readLatencyDocument(text: string, path: string): LatencyTable {
  try {
    const document = fields(JSON.parse(text));
    const table = {
      modelRevision: textOf(document['model_revision']),
      runtime: textOf(document['runtime']),
      precision: textOf(document['precision']),
      tokens: countOf(document['tokens']),
      timed: listOf(document['measured']).map((entry) => ({
        kvGroups: countOf(entry['kv_groups']),
        ...(entry['query_heads'] === undefined ? {} : { queryHeads: countOf(entry['query_heads']) }),
        ffnNeurons: countOf(entry['ffn_neurons']),
        time: positive(countOf(entry['picoseconds'])),
      })),
    };
    fitLatency(table.timed);
    return table;
  } catch (cause) {
    throw new BonsaiError(`${path} is no table of latencies: remove it to measure again.`, {
      code: 'FAILED_PRECONDITION',
      reason: 'LATENCY_TABLE_INVALID',
      field: '--out',
      cause,
    });
  }
}

/** @throws BonsaiError LATENCY_TABLE_MISMATCH for a table of another model, runtime, precision or window */
export function requireConditions(table: LatencyConditions, wanted: LatencyConditions, path: string): void {
  const names = { modelRevision: 'model', runtime: 'runtime', precision: 'precision', tokens: 'window' } as const;
  for (const [key, name] of Object.entries(names) as [keyof LatencyConditions, string][]) {
    if (table[key] !== wanted[key]) throw mismatch(path, `another ${name} (${table[key]}, not ${wanted[key]})`);
  }
}

/** @throws BonsaiError LATENCY_TABLE_MISMATCH where no group was timed without one of its query heads */
export function requireQueryHeads({ timed }: LatencyTable, path: string): void {
  if (fitLatency(timed).costs.queryHead === undefined) throw mismatch(path, 'whole KV groups, not of query heads');
}

function mismatch(path: string, what: string): BonsaiError {
  const message = `${path} is of ${what}: remove it to measure again.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'LATENCY_TABLE_MISMATCH', field: '--out' });
}

function fields(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new TypeError('not an object');
  return value;
}

function listOf(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value.map(fields);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

function countOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('not a whole number');
  return value;
}

function positive(value: number): number {
  if (value < 1) throw new TypeError('not a time');
  return value;
}
