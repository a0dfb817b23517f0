import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTinyCheckpoint } from '@bonsai/checkpoint/testing';
import { loadModel } from '@bonsai/model';
import { ScoringServiceClient, callBidi, connect, packMasks, packUnitSet, packWindows, planProto } from '@bonsai/rpc';
import type { CallLimits, LogLevel, scoringProto } from '@bonsai/rpc';
import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { startScoringServer } from '../start-scoring-server.ts';
import type { ScoringServer, ScoringServerOptions } from '../start-scoring-server.ts';
import { referenceDevice } from './reference-device.ts';
import { TINY, unitTable } from './tiny-model.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** A scorer on a real socket over a root with the models `tiny` and `other`, and a client of it. */
export interface ScoringFixture {
  readonly root: string;
  readonly server: ScoringServer;
  readonly client: ScoringServiceClient;
  readonly log: readonly LogLine[];
  /** Models that were put on the device, by revision. */
  readonly loads: readonly string[];
  close(): Promise<void>;
}

export const units = unitTable(TINY);

export async function startFixture(options: Partial<ScoringServerOptions> = {}): Promise<ScoringFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'bonsai-scoring-'));
  const root = join(directory, 'root');
  await writeTinyCheckpoint(join(root, 'tiny'), { config: TINY, seed: 1 });
  await writeTinyCheckpoint(join(root, 'other'), { config: TINY, seed: 2 });
  const log: LogLine[] = [];
  const loads: string[] = [];
  const server = await startScoringServer({
    address: '127.0.0.1:0',
    modelsRoot: root,
    openDevice: () => Promise.resolve(referenceDevice()),
    log: (level, event, fields) => log.push({ level, event, fields }),
    now: Date.now,
    loadModel: (backend, checkpoint, cut) => {
      loads.push(checkpoint.revision);
      return loadModel(backend, checkpoint, cut);
    },
    ...options,
  });
  const client = connect(ScoringServiceClient, server.address);
  const close = async (): Promise<void> => {
    client.close();
    await server.stop(5_000);
    rmSync(directory, { recursive: true });
  };
  return { root, server, client, log, loads, close };
}

export function modelRef(path: string): scoringProto.ModelRef {
  return { path, revision: '', precision: planProto.Precision.PRECISION_UNSPECIFIED };
}

export function header(path = 'tiny', cut?: UnitSet): scoringProto.EvaluationHeader {
  return {
    model: modelRef(path),
    cut: cut === undefined ? undefined : packUnitSet(units, cut),
    metric: planProto.Metric.METRIC_NLL,
    recovery: undefined,
  };
}

/** Reproducible windows of random token ids. */
export function randomWindows(count: number, length: number, seed: number): Uint32Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Uint32Array.from({ length }, () => integerBelow(random, TINY.vocab_size)));
}

/** Reproducible masks that remove each unit with the given probability, but never all of them. */
export function randomMasks(count: number, probability: number, seed: number): UnitSet[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const ofBlocks = units.module(0, 'queryHead').start;
    const mask = emptySet(units).map((_, id) => (id < ofBlocks && random.next() < probability ? 1 : 0));
    mask[integerBelow(random, ofBlocks)] = 0;
    return mask;
  });
}

/** The stream of a complete request. */
export function* maskRequests(
  head: scoringProto.EvaluationHeader,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  table = units,
): Generator<scoringProto.EvaluateMasksRequest> {
  yield { part: { $case: 'header', value: head } };
  for (const value of packWindows(windows)) yield { part: { $case: 'windows', value } };
  for (const value of packMasks(table, masks)) yield { part: { $case: 'masks', value } };
}

export function evaluateMasks(
  { client }: ScoringFixture,
  requests: Iterable<scoringProto.EvaluateMasksRequest> | AsyncIterable<scoringProto.EvaluateMasksRequest>,
  limits?: CallLimits,
): AsyncGenerator<scoringProto.EvaluateMasksResponse, void, undefined> {
  return callBidi((...rest) => client.evaluateMasks(...rest), requests, limits);
}

export function evaluate(
  { client }: ScoringFixture,
  head: scoringProto.EvaluationHeader,
  windows: readonly Uint32Array[],
): AsyncGenerator<scoringProto.EvaluateResponse, void, undefined> {
  function* requests(): Generator<scoringProto.EvaluateRequest> {
    yield { part: { $case: 'header', value: head } };
    for (const value of packWindows(windows)) yield { part: { $case: 'windows', value } };
  }
  return callBidi((...rest) => client.evaluate(...rest), requests());
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
