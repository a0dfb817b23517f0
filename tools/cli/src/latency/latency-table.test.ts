import { describe, expect, it } from '@jest/globals';
import { fitLatency } from '@bonsai/pruning';
import { latencyDocument, readLatencyDocument, requireConditions, requireQueryHeads } from './latency-table.ts';
import type { LatencyTable } from './latency-table.ts';

const timed = [3, 2, 1].flatMap((kvGroups) =>
  [20, 10].map((ffnNeurons) => ({ kvGroups, ffnNeurons, time: 1000 + 50 * kvGroups + 7 * ffnNeurons })),
);
const table: LatencyTable = { modelRevision: 'abc', runtime: 'a stopwatch', precision: 'auto', tokens: 128, timed };
const document = latencyDocument(table, fitLatency(timed));

describe('a table of latencies', () => {
  it('is read as it was written', () => {
    expect(readLatencyDocument(document, 'latency.json')).toEqual(table);
  });

  it('is read with the query heads that groups were timed with, if they were', () => {
    const perGroup = timed.flatMap(({ kvGroups, time, ...widths }) =>
      [4, 2].map((left) => ({ ...widths, kvGroups, queryHeads: left * kvGroups, time: time + 3 * left * kvGroups })),
    );
    const withHeads = { ...table, timed: perGroup };
    const read = readLatencyDocument(latencyDocument(withHeads, fitLatency(perGroup)), 'latency.json');
    expect(read).toEqual(withHeads);
    expect(() => requireQueryHeads(read, 'latency.json')).not.toThrow();
    expect(() => requireQueryHeads(table, 'latency.json')).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'LATENCY_TABLE_MISMATCH', field: '--out' }),
    );
  });

  it.each([
    '',
    '{}',
    'null',
    document.replace('"tokens": 128', '"tokens": "128"'),
    document.replace(/"picoseconds": \d+/, '"picoseconds": 0'),
    document.replace(/"picoseconds": \d+/, '"picoseconds": -5'),
    document.replace(/"picoseconds": \d+/, '"picoseconds": NaN'),
    document.replaceAll('"kv_groups": 3', '"kv_groups": null'),
    document.replace('"kv_groups": 3', '"kv_groups": 3, "query_heads": "6"'),
    document.replaceAll(/"ffn_neurons": \d+/g, '"ffn_neurons": 10'),
  ])('is refused where it is none: %.60j', (text) => {
    expect(() => readLatencyDocument(text, 'latency.json')).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'LATENCY_TABLE_INVALID', field: '--out' }),
    );
  });

  it.each([{ modelRevision: 'def' }, { runtime: 'another' }, { precision: 'f16' }, { tokens: 64 }])(
    'is of no use for %j',
    (other) => {
      expect(() => requireConditions(table, { ...table, ...other }, 'latency.json')).toThrow(
        expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'LATENCY_TABLE_MISMATCH', field: '--out' }),
      );
      expect(() => requireConditions(table, table, 'latency.json')).not.toThrow();
    },
  );
});
